"""Stated rates of the case files of Wohngeld, Unterhaltsvorschuss, Kinderzuschlag and Elterngeld.

Every number is an assumption made for testing, none was taken from an official table (see rates.py); the manifest repeats them. Euro amounts are per
month unless they say otherwise.
"""

BENEFIT_RATES = {
    # flaws
    "fact_missing": 0.003,          # of each stated fact
    "answer_late": 0.06,            # of households: rent certificate; half of it of members: declaration on all income
    "contradiction": 0.012,         # two statements of equal rank about the same fact
    "finding_missing": 0.02, "register_check_missing": 0.01, "human_pending": 0.3, "title_missing": 0.15,
    # income
    "assistance_without_work": 0.42, "assistance_marginal": 0.5, "unemployment_benefit": 0.3, "assistance_below": 1500,
    "need_first": 1750, "need_further": 650,
    # Wohngeld: who applies, how they live
    "wohngeld_below_need": 0.55, "wohngeld_above_need": 0.02, "wohngeld_assisted": 0.04,
    "owner": 0.09, "home_resident": 0.12, "heating_not_itemised": 0.06, "wealth_hint": 0.012, "advance_in_income": 0.5,
    # Unterhaltsvorschuss: who applies, by what the other parent pays
    "vorschuss_unpaid": 0.75, "vorschuss_part_paid": 0.5, "vorschuss_full_paid": 0.08,
    "other_parent_pays_nothing": 0.40, "other_parent_pays_part": 0.25, "household_not_established": 0.05, "separation_not_established": 0.25,
    "part_payment": 140, "full_payment": 420, "cooperation_outstanding": 0.04,
    # Kinderzuschlag, Elterngeld
    # day care (asks though not in the last two years), school needs, senses, old age
    "asks_early": 0.02, "needs_applies": 0.7, "needs_other": 0.01, "senses_applies": 0.6, "senses_other": 0.0005, "exclusion_hint": 0.01,
    "old_age_applies": 0.6, "old_age_below": 1050, "old_age_other": 0.01, "further_need": 0.02,
    # Grundsicherungsgeld: who applies, dwelling, fitness for work
    "jobcenter_assisted": 0.6, "jobcenter_other": 0.04, "rent_appropriate": 0.93, "moved": 0.02, "water_heated_apart": 0.2, "unfit_for_work": 0.015,
    "excluded_foreigner": 0.05,
    "zuschlag_applies": 0.5, "zuschlag_gross_limit": 3600, "zuschlag_other": 0.01, "elterngeld_applies": 0.96,
}

# Parameters of the lognormal hourly wage in euro.
WAGES = (2.90, 0.33)
# Low and high rent without heating, euro per square metre; "" any other town.
RENTS = {"Erfurt": (6.2, 9.4), "Jena": (6.6, 10.2), "Weimar": (6.2, 9.4), "": (4.8, 7.2)}
# Maintenance for a child in its income: advance, or paid by the other parent.
MAINTENANCE = (299, 320)
# Need of a child without rent, euro a month, by the age it has not yet reached: what an applicant goes by, no rate of the law.
CHILD_NEED = ((6, 357), (14, 390), (18, 471), (25, 451))
# Names of the towns as the annex of the Wohngeldverordnung writes them.
MUNICIPALITIES = {"Saalfeld": "Saalfeld_Saale", "Mühlhausen": "Mühlhausen_Thüringen", **{name: name for name in (
    "Erfurt", "Jena", "Gera", "Weimar", "Gotha", "Nordhausen", "Eisenach", "Suhl", "Ilmenau", "Altenburg", "Arnstadt", "Apolda")}}
