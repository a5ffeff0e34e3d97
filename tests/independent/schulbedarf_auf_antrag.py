"""The part of schulbedarf that is given on application (§§ 6b, 9 Abs. 3 BKGG); the law itself is in schulbedarf."""
import schulbedarf
from schulbedarf import KEEP, PACKAGE, draw

BENEFIT = "Schulbedarf_auf_Antrag"
__all__ = ["BENEFIT", "KEEP", "PACKAGE", "decide", "draw"]


def decide(case):
    return schulbedarf.results(case, schulbedarf.on_application)
