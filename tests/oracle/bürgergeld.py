"""Bürgergeld cases against bund/sgb2/grundsicherungsgeld: the amount of each person, in cents. Facts as in arbeitslosengeld_2.py."""
import arbeitslosengeld_2 as shared
import common

BENEFIT = "bürgergeld"
PACKAGE = shared.PACKAGE
COMPARED = ("bürgergeld__anspruchshöhe_m",)
ASSUMED = ("As for arbeitslosengeld_2, but the amounts of the persons are compared one by one.",)
CANNOT = shared.CANNOT
VARIANTS = shared.VARIANTS
document = shared.document


def compare(case, product, doc):
    found = []
    common.compare_amounts(COMPARED[0], case, shared.claims(case, product, doc, found), found)
    return found
