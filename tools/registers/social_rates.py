"""Stated rates of the registers that the other benefits are decided from (docs/registers.md). Assumptions made for testing, like those of rates.py.

Flaws are shares of entries; what is missing or contradictory makes the fact unknown, never "no".
"""

SOCIAL_RATES = {
    # residents and birth registers
    "marital_status_unknown": 0.004,
    # disability and care
    "disabled_below_45": 0.02, "disabled_below_65": 0.09, "disabled_older": 0.25, "grade_not_settled": 0.01, "onset_partial": 0.02, "onset_missing": 0.01,
    "care_at_home": 0.3, "care_in_institution": 0.06, "care_form_missing": 0.01,
    # assistance
    "child_in_community": 0.9, "housing_flag_missing": 0.01, "concealed": 0.03, "community_income_missing": 0.02,
    # insurance
    "contribution_contradicts": 0.003, "pension_amount_missing": 0.005, "wage_missing": 0.02, "orphan_pension": 0.7, "basic_pension_reported": 0.7,
    "apprentice_wage": 0.5,
    # family benefits, housing allowance, youth welfare, maternity
    "housing_award": 0.6, "account_kept": 0.35, "booked_late": 0.08, "maternity_unreported": 0.02,
    # blind, deaf, deafblind: of people with a grade of 80 or more
    "blind": 0.10, "deaf": 0.08, "deafblind": 0.01,
    # schools and day care
    "deferred": 0.08, "school_start_missing": 0.005, "admitted_during_year": 0.015, "in_day_care": 0.95, "in_day_care_below_3": 0.45, "child_minder": 0.03,
    "fee_missing": 0.01, "free_awarded": 0.92,
}
