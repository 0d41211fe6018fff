"""What leaves a publication other than by WHEP: recordings, remuxed and never transcoded."""
