"""Two plain SVG charts for docs/population.md: stacked shares and histograms. Pure functions from numbers to text; no external resources, no script."""
from xml.sax.saxutils import escape

COLOURS = {"entitled": "#1b6e4b", "not": "#8a8f98", "ask": "#d9a400", "refer": "#b5532a", "bar": "#2a5d9f"}


def _text(x, y, content, size=13, anchor="start"):
    return '<text x="%d" y="%d" font-size="%d" text-anchor="%s">%s</text>' % (x, y, size, anchor, escape(content))


def _document(width, height, title, parts):
    return ('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" aria-label="%s" font-family="sans-serif" fill="#222">\n'
            '<title>%s</title>\n<rect width="%d" height="%d" fill="#fff"/>\n%s\n</svg>\n' % (
                width, height, escape(title, {'"': "&quot;"}), escape(title), width, height, "\n".join(parts)))


def shares(title, rows):
    """rows: [(label, {part: count})] with parts entitled, not, ask, refer; one bar of equal length each, labelled in percent."""
    names = (("entitled", "entitled"), ("not", "not entitled"), ("ask", "open: facts missing"), ("refer", "open: human or conflict"))
    parts = [_text(16, 26, title, 16)]
    x = 180
    for key, name in names:
        parts.append('<rect x="%d" y="40" width="12" height="12" fill="%s"/>' % (x, COLOURS[key]))
        parts.append(_text(x + 17, 51, name, 12))
        x += 30 + 7 * len(name)
    for i, (label, counts) in enumerate(rows):
        y, x, total = 70 + 34 * i, 180.0, sum(counts.values()) or 1
        parts.append(_text(170, y + 16, label, 13, "end"))
        for key, _ in names:
            width = 600.0 * counts[key] / total
            parts.append('<rect x="%.1f" y="%d" width="%.1f" height="22" fill="%s"/>' % (x, y, width, COLOURS[key]))
            if width > 34:
                parts.append('<text x="%.1f" y="%d" font-size="12" text-anchor="middle" fill="#fff">%.0f %%</text>' % (x + width / 2, y + 15, 100.0 * counts[key] / total))
            x += width
    return _document(800, 84 + 34 * len(rows), title, parts)


def histogram(title, values, step, unit="euro a month"):
    """Counts of `values` (euro) in classes of `step` euro, lower bound included."""
    parts = [_text(16, 26, title, 16)]
    if not values:
        return _document(800, 60, title, parts + [_text(16, 48, "no cases")])
    low = int(min(values) // step)
    counts = [0] * (int(max(values) // step) - low + 1)
    for value in values:
        counts[int(value // step) - low] += 1
    top, width = max(counts), 700.0 / len(counts)
    for i, count in enumerate(counts):
        height = 200.0 * count / top
        parts.append('<rect x="%.2f" y="%.1f" width="%.2f" height="%.1f" fill="%s"><title>%d to below %d: %d</title></rect>' % (
            70 + width * i, 250 - height, max(width - 1, 0.5), height, COLOURS["bar"], (low + i) * step, (low + i + 1) * step, count))
    parts.append('<line x1="70" y1="250" x2="770" y2="250" stroke="#222"/>')
    parts += [_text(62, 58, "%d" % top, 12, "end"), _text(62, 254, "0", 12, "end")]
    every = max(1, -(-len(counts) // 10))
    for i in range(0, len(counts) + 1, every):
        parts.append(_text(int(70 + width * i), 268, "%d" % ((low + i) * step), 12, "middle"))
    parts.append(_text(420, 290, "%s, classes of %d" % (unit, step), 12, "middle"))
    return _document(800, 300, title, parts)
