"""Cases about links between persons: only their Kindergeld columns, as in kindergeld.py. Tax allowances and Erziehungsgeld have no package."""
import common
import kindergeld

BENEFIT = "household_links"
PACKAGE = kindergeld.PACKAGE
COMPARED = ("kindergeld__betrag_m",)
ASSUMED = ("As for kindergeld. `ist_leistungsbegründendes_kind` agrees with the age of every child; the recipients of tax allowances do not matter for Kindergeld.",)
CANNOT = ("Columns of income tax and Erziehungsgeld are not compared: there is no package.",)
MORE = {"kindergeld__ist_leistungsbegründendes_kind", "einkommensteuer__p_id_kinderfreibetragsempfänger_1", "einkommensteuer__p_id_kinderfreibetragsempfänger_2"}


def document(case, variant=None):
    del variant
    return kindergeld.build(case, MORE)


def compare(case, product, doc):
    return kindergeld.compare(case, product, doc)
