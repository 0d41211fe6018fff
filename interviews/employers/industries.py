"""The twenty sections of GB/T 4754-2017."""

from types import MappingProxyType

from interviews.texts import N_

SECTIONS = MappingProxyType(
    {
        "A": N_("Agriculture, forestry, farming and fishery"),
        "B": N_("Mining"),
        "C": N_("Manufacturing"),
        "D": N_("Electricity, heat, gas and water supply"),
        "E": N_("Construction"),
        "F": N_("Wholesale and retail trade"),
        "G": N_("Transport, storage and post"),
        "H": N_("Hotels and catering"),
        "I": N_("Information transmission, software and IT services"),
        "J": N_("Financial services"),
        "K": N_("Real estate"),
        "L": N_("Leasing and business services"),
        "M": N_("Research and technical services"),
        "N": N_("Water conservancy, environment and public facilities"),
        "O": N_("Household services, repair and other services"),
        "P": N_("Education services"),
        "Q": N_("Health care and social work"),
        "R": N_("Culture, sport and entertainment"),
        "S": N_("Public administration and social security"),
        "T": N_("International organisations"),
    }
)
