"""Author marks and reason texts of the synthetic case file. Authors are role marks, not people."""

AUTHORS = tuple("SB-%04d" % n for n in range(401, 441))
REASONS = {
    "household": "Erklärung der Eltern mit Haushaltsbescheinigung",
    "no_household": "Getrennte Haushalte laut Erklärung",
    "visit": "Abweichende Angaben nach Aktenlage",
    "foster": "Pflegevertrag des Jugendamts",
    "training": "Schul- oder Studienbescheinigung liegt vor",
    "place": "Bewerbungen und Absagen liegen vor",
    "disability": "Bescheid des Versorgungsamts und Prüfung des Unterhalts",
    "title": "Prüfung durch die Sachbearbeitung",
}
