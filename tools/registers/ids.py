"""Synthetic identifiers that can never be real ones.

IdNr: 11 digits whose last digit violates the check digit rule of the tax identification number (ISO 7064 MOD 11,10).
IBAN: correct check digits, but a bank code that begins with 9; German bank codes begin with 1 to 8.
Pure functions of a serial number; increasing in it, so that rows arrive in key order.
"""

SERIAL_STEP = 200                    # numbers per serial; 8.9e9 / 200 = 44 million persons
MAX_SERIAL = 44_000_000

# Two-digit steps of MOD 11,10: _STEP[product][pair] is the product after two digits, starting from product 10.


def _digit(product, digit):
    total = (digit + product) % 10 or 10
    return total * 2 % 11


_STEP = [[_digit(_digit(p, pair // 10), pair % 10) for pair in range(100)] for p in range(11)]


def check_digit(body):
    """Check digit of a 10-digit body (int) by ISO 7064 MOD 11,10."""
    product = 10
    step = _STEP
    product = step[product][body // 100000000]
    product = step[product][body // 1000000 % 100]
    product = step[product][body // 10000 % 100]
    product = step[product][body // 100 % 100]
    product = step[product][body % 100]
    digit = 11 - product
    return 0 if digit == 10 else digit


def is_valid(idnr):
    """True if an 11-digit text satisfies the check digit rule (no synthetic number does)."""
    return check_digit(int(idnr[:10])) == int(idnr[10])


def idnr(seed, serial):
    """IdNr as an int with 11 digits for a serial number; different serials give different, increasing numbers."""
    mixed = (serial * 2654435761 + seed * 40503 + 12345) & 0xffffffff
    body = 1_000_000_000 + serial * SERIAL_STEP + (mixed >> 8) % SERIAL_STEP
    return body * 10 + (check_digit(body) + 1 + (mixed >> 3) % 9) % 10


def iban(serial, variant=0):
    """IBAN text with valid check digits and the non-existent bank code 9000000<variant>."""
    account = "9000000%d%010d" % (variant % 10, serial)
    return "DE%02d%s" % (98 - int(account + "131400") % 97, account)
