"""Stated rates of the synthetic population and the Kindergeld amounts that the synthetic award ledger knows.

Every number here is an assumption made for testing: orders of magnitude that resemble Thueringen (about 1.1 million households,
half of them single persons; about one household in four with a child for whom Kindergeld is or was in question). None was
taken from an official table, and no result about real people may be read from them. The manifest repeats them.
"""

RATES = {
    # share of clusters that are families; a cluster is one family household and the households its pointers lead to
    "family_cluster": 0.274,
    # other households, by type
    "other_single_old": 0.25, "other_single_middle": 0.28, "other_single_young": 0.09, "other_couple_old": 0.21,
    "other_couple_middle": 0.17,
    # family forms (share of families)
    "family_joint": 0.60, "family_separated": 0.25, "family_step": 0.07, "family_single": 0.07, "family_foster": 0.01,
    # children of a family
    "children_1": 0.49, "children_2": 0.37, "children_3": 0.10, "children_4": 0.04,
    "twins_per_birth": 0.017, "newborn_this_month": 0.010, "recipient_father": 0.14, "parents_married": 0.66,
    "adult_child_own_household": 0.25, "child_disabled": 0.012,
    # nationality of a family
    "family_eu": 0.035, "family_third_country": 0.075, "child_born_abroad_if_foreign": 0.35,
    # events
    "child_died": 0.0015, "parent_died": 0.004, "recipient_died": 0.002, "family_moved_abroad": 0.005, "child_moved_abroad": 0.006, "family_moved_once": 0.45,
    "household_change_after_separation": 0.03,
    # register quality
    "blocked_household": 0.003, "blocked_person": 0.001,     # households: families only
    "partial_birth_date_german": 0.001, "partial_birth_date_third_country": 0.06, "birth_date_missing": 0.0008,
    "birth_date_contradiction": 0.002, "two_main_addresses": 0.003, "address_gap": 0.004, "address_start_missing": 0.003,
    "nationality_missing": 0.002, "birth_entry_corrected": 0.002, "second_parent_not_recorded": 0.010, "parent_without_idnr": 0.006, "minor_child_not_listed": 0.006,
    "weekly_hours_missing": 0.02, "account_missing": 0.06, "idnr_withdrawn": 0.0008, "newborn_without_idnr": 0.03,
    "birth_event_duplicated": 0.03, "birth_event_late": 0.04, "birth_event_corrected": 0.03, "birth_event_cancelled": 0.01,
    "birth_event_out_of_order": 0.02,
    # case file
    "finding_household_missing": 0.04, "finding_contradicts": 0.003, "finding_training_missing": 0.15, "finding_place_missing": 0.4, "finding_title_missing": 0.15,
    "designation_missing": 0.02, "statement_other_benefit_missing": 0.02, "adult_questionnaire_missing": 0.15,
    "award_wrong_amount": 0.008, "award_not_ended_after_18": 0.12, "award_not_ended_after_event": 0.50, "award_ended_though_in_training": 0.04,
    "newborn_applied": 0.15, "recent_birth_awarded": 0.60, "recent_birth_applied": 0.25, "no_award_late_application": 0.004,
    "application_record_lost": 0.01,
}

COVERAGE_FROM = "2015-01-01"
FIRST_LEDGER_MONTH = 2015 * 12

# (first month, cents for rank 1 and 2, rank 3, rank 4 and above). The ledger's view of § 66 EStG; the rule package has the law.
AMOUNTS = (
    (2015, 1, 18800, 19400, 21900), (2016, 1, 19000, 19600, 22100), (2017, 1, 19200, 19800, 22300), (2018, 1, 19400, 20000, 22500),
    (2019, 7, 20400, 21000, 23500), (2021, 1, 21900, 22500, 25000), (2023, 1, 25000, 25000, 25000), (2025, 1, 25500, 25500, 25500),
    (2026, 1, 25900, 25900, 25900),
)
LAST_MONTH = 2026 * 12 + 11

# Municipality key, postcode, town, weight. Keys and postcodes serve as realistic shapes, not as a directory.
TOWNS = (
    ("16051000", "99084", "Erfurt", 21), ("16053000", "07743", "Jena", 11), ("16052000", "07545", "Gera", 9), ("16055000", "99423", "Weimar", 7),
    ("16067029", "99867", "Gotha", 5), ("16062041", "99734", "Nordhausen", 4), ("16063105", "99817", "Eisenach", 4), ("16054000", "98527", "Suhl", 4),
    ("16070029", "98693", "Ilmenau", 4), ("16064046", "99974", "Mühlhausen", 4), ("16077001", "04600", "Altenburg", 3),
    ("16073077", "07318", "Saalfeld", 3), ("16070004", "99310", "Arnstadt", 3), ("16071001", "99510", "Apolda", 2),
)
FAMILY_NAMES = tuple("Muster-" + n for n in (
    "Ahorn", "Birke", "Buche", "Distel", "Eibe", "Eiche", "Erle", "Esche", "Farn", "Fichte", "Flieder", "Ginster", "Hasel", "Heide", "Holunder",
    "Iris", "Kiefer", "Klee", "Kornblume", "Lärche", "Lavendel", "Linde", "Löwenzahn", "Malve", "Mohn", "Nelke", "Pappel", "Primel", "Quitte",
    "Raute", "Salbei", "Schlehe", "Tanne", "Thymian", "Ulme", "Veilchen", "Wacholder", "Weide", "Zeder", "Zypresse"))
GIVEN_FEMALE = ("Synthia", "Testa", "Probina", "Exempla", "Fiktiva", "Modella", "Beispiela", "Kunsta", "Mustera", "Simula")
GIVEN_MALE = ("Synthius", "Testus", "Probus", "Exemplus", "Fiktus", "Modellus", "Beispielus", "Kunstus", "Musterus", "Simulus")
EU_COUNTRIES = ("PL", "RO", "BG", "CZ", "HU", "IT", "FR")
THIRD_COUNTRIES = ("UA", "SY", "AF", "VN", "TR", "IN", "IQ")
OCCUPATIONS = ("Mechatroniker/in", "Kaufmann/-frau im Einzelhandel", "Pflegefachmann/-frau", "Elektroniker/in", "Koch/Köchin",
               "Verwaltungsfachangestellte/r", "Tischler/in", "Fachinformatiker/in", "Landwirt/in", "Industriekaufmann/-frau")
STUDENT_HOURS = ("10.0", "15.0", "18.0", "19.5", "20.0", "20.5", "21.0", "30.0")
