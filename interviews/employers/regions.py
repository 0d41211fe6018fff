"""Regions (GB/T 2260) and industry sections (GB/T 4754-2017); product.md 3.2 and 3.3."""

from types import MappingProxyType

PROVINCES = MappingProxyType(
    {
        "11": "北京市",
        "12": "天津市",
        "13": "河北省",
        "14": "山西省",
        "15": "内蒙古自治区",
        "21": "辽宁省",
        "22": "吉林省",
        "23": "黑龙江省",
        "31": "上海市",
        "32": "江苏省",
        "33": "浙江省",
        "34": "安徽省",
        "35": "福建省",
        "36": "江西省",
        "37": "山东省",
        "41": "河南省",
        "42": "湖北省",
        "43": "湖南省",
        "44": "广东省",
        "45": "广西壮族自治区",
        "46": "海南省",
        "50": "重庆市",
        "51": "四川省",
        "52": "贵州省",
        "53": "云南省",
        "54": "西藏自治区",
        "61": "陕西省",
        "62": "甘肃省",
        "63": "青海省",
        "64": "宁夏回族自治区",
        "65": "新疆维吾尔自治区",
        "71": "台湾省",
        "81": "香港特别行政区",
        "82": "澳门特别行政区",
    }
)

PLAN_CITIES = MappingProxyType(
    {"2102": "大连市", "3302": "宁波市", "3502": "厦门市", "3702": "青岛市", "4403": "深圳市"}
)

CITIES_IN_ENGLISH = MappingProxyType(
    {
        "北京市": "Beijing", "天津市": "Tianjin", "上海市": "Shanghai", "重庆市": "Chongqing",
        "石家庄市": "Shijiazhuang", "太原市": "Taiyuan", "呼和浩特市": "Hohhot",
        "沈阳市": "Shenyang", "大连市": "Dalian", "长春市": "Changchun", "哈尔滨市": "Harbin",
        "南京市": "Nanjing", "苏州市": "Suzhou", "无锡市": "Wuxi", "常州市": "Changzhou",
        "杭州市": "Hangzhou", "宁波市": "Ningbo", "温州市": "Wenzhou", "合肥市": "Hefei",
        "福州市": "Fuzhou", "厦门市": "Xiamen", "南昌市": "Nanchang", "济南市": "Jinan",
        "青岛市": "Qingdao", "郑州市": "Zhengzhou", "武汉市": "Wuhan", "长沙市": "Changsha",
        "广州市": "Guangzhou", "深圳市": "Shenzhen", "东莞市": "Dongguan", "佛山市": "Foshan",
        "珠海市": "Zhuhai", "南宁市": "Nanning", "海口市": "Haikou", "成都市": "Chengdu",
        "贵阳市": "Guiyang", "昆明市": "Kunming", "拉萨市": "Lhasa", "西安市": "Xi'an",
        "兰州市": "Lanzhou", "西宁市": "Xining", "银川市": "Yinchuan", "乌鲁木齐市": "Ürümqi",
    }
)  # fmt: skip


def region_read_out(code: str) -> str | None:
    """The province (and plan city) of a six-digit region code; None when nobody issued it.

    The province is what is known; a code keeps its region after the county has been retired.
    """
    province = PROVINCES.get(code[:2])
    if province is None:
        return None
    return province + PLAN_CITIES.get(code[:4], "")
