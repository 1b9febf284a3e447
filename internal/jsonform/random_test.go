package jsonform

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
)

// RandomText is a JSON text with what writers disagree about: white space, numbers in
// every spelling, escapes that are needed or not, names that look like indexes, names
// that stand twice, half surrogate pairs and bytes that are not UTF-8. It needs nothing
// else of this package.
func RandomText(r *rand.Rand) []byte {
	g := generator{random: r}
	g.value(4)
	return g.text.Bytes()
}

type generator struct {
	random *rand.Rand
	text   bytes.Buffer
}

func (g *generator) space() {
	if g.random.IntN(4) == 0 {
		g.text.WriteString(pick(g.random, " ", "\t", "\n", "\r\n", "   "))
	}
}

func (g *generator) value(depth int) {
	g.space()
	kind := g.random.IntN(10)
	if depth == 0 {
		kind = g.random.IntN(5)
	}
	switch {
	case kind < 2:
		g.text.WriteString(RandomNumber(g.random))
	case kind < 4:
		g.string(g.random.IntN(6))
	case kind == 4:
		g.text.WriteString(pick(g.random, "true", "false", "null"))
	case kind < 7:
		g.list('[', ']', func(int) { g.value(depth - 1) })
	default:
		g.list('{', '}', func(place int) {
			g.space()
			g.name(place)
			g.space()
			g.text.WriteByte(':')
			g.value(depth - 1)
		})
	}
	g.space()
}

// list has few items mostly, and sometimes more than an object's that are compared
// with each other.
func (g *generator) list(open, end byte, item func(place int)) {
	g.text.WriteByte(open)
	g.space()
	count := g.random.IntN(5)
	if g.random.IntN(8) == 0 {
		count += 12
	}
	for place := range count {
		if place > 0 {
			g.text.WriteByte(',')
		}
		item(place)
	}
	g.text.WriteByte(end)
}

func (g *generator) name(place int) {
	switch kind := g.random.IntN(40); {
	case kind < 8:
		fmt.Fprintf(&g.text, `"%d"`, g.random.IntN(3000))
	case kind < 12:
		g.text.WriteString(pick(g.random, `"4294967294"`, `"4294967295"`, `"4294967296"`, `"00"`, `"01"`, `"-1"`, `"1.0"`, `"1e1"`, `"\u0030"`, `"\u0031\u0032"`,
			`"99999999999999999999"`, `"9007199254740991"`, `""`, `"__proto__"`, `"constructor"`, `"length"`, `"toJSON"`))
	case kind < 16:
		g.string(3)
	default: // names that differ
		fmt.Fprintf(&g.text, `"%s%d"`, pick(g.random, "a", "B", "é", "<", `\"`, `\\`, `\u2028`, "_", "\U0001F600", "\uFFEE"), place)
	}
}

func (g *generator) string(length int) {
	g.text.WriteByte('"')
	for range length {
		g.character()
	}
	g.text.WriteByte('"')
}

func (g *generator) character() {
	switch kind := g.random.IntN(60); {
	case kind == 0:
		fmt.Fprintf(&g.text, `\u%04X`, 0xD800+g.random.IntN(0x800))
	case kind == 1:
		g.text.WriteString(pick(g.random, "\xff", "\xc3", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xc0\x80"))
	case kind < 20:
		g.text.WriteString(pick(g.random, `\"`, `\\`, `\/`, `\b`, `\f`, `\n`, `\r`, `\t`, "/", "<", ">", "&", "'", "\u2028", "\u2029", "\u007f", "\u0085", "\ufeff", "\ufffd", "\uffff"))
	case kind < 30:
		fmt.Fprintf(&g.text, pick(g.random, `\u%04x`, `\u%04X`), g.random.IntN(0xD800))
	case kind < 34:
		fmt.Fprintf(&g.text, pick(g.random, `\u%04x\u%04x`, `\u%04X\u%04X`), 0xD800+g.random.IntN(0x400), 0xDC00+g.random.IntN(0x400))
	case kind < 38:
		fmt.Fprintf(&g.text, `\u%04x`, g.random.IntN(0x80))
	case kind < 46:
		g.text.WriteRune(rune(0x80 + g.random.IntN(0xD800-0x80)))
	case kind < 50:
		g.text.WriteRune(rune(0x10000 + g.random.IntN(0x100000)))
	default:
		g.text.WriteByte(pick(g.random, byte('a'), 'b', 'Z', '0', '9', ' ', '{', ',', ':', ']'))
	}
}

// RandomNumber is a JSON number.
func RandomNumber(r *rand.Rand) string {
	sign := pick(r, "", "", "-")
	switch r.IntN(9) {
	case 0:
		return sign + strconv.Itoa(r.IntN(1000))
	case 1: // around where float64 has no longer every integer
		return sign + strconv.FormatInt(1<<53-50+r.Int64N(100), 10)
	case 2:
		return sign + randomDigits(r, 1+r.IntN(22))
	case 3:
		return sign + randomDigits(r, 1+r.IntN(10)) + "." + strings.Repeat("0", r.IntN(9)) + randomDigits(r, r.IntN(10)) + "0"
	case 4:
		return sign + randomDigits(r, 1+r.IntN(3)) + "." + randomDigits(r, 1+r.IntN(17)) + pick(r, "e", "E", "e+", "e-", "E-0") + strconv.Itoa(r.IntN(30))
	case 5:
		return sign + randomDigits(r, 1+r.IntN(18)) + pick(r, "e", "e-") + strconv.Itoa(290+r.IntN(40))
	case 6: // a float64's own text
		return strconv.FormatFloat(r.NormFloat64()*pick(r, 1, 1e-9, 1e9, 1e22, 1e300, 1e-310), pick(r, byte('e'), 'g'), -1, 64)
	case 7: // or one digit beside it
		return strconv.FormatFloat(r.NormFloat64()*pick(r, 1, 1e-9, 1e9, 1e22), 'e', 14+r.IntN(4), 64)
	default:
		return sign + pick(r, "0", "0.0", "0e5", "0E-999999999999", "0.000e+999999999999", "1e21", "1e20", "999999999999999999999", "1e-6", "1e-7", "123e-8", "1e999999999999", "5e-324", "3e-324", "2e-324",
			"1.7976931348623157e308", "1.7976931348623159e308", "2.2250738585072014e-308", "1152921504606846976", "9007199254740993", "0.1", "0.30000000000000004", "14.50", "1E5", "100000000000000000000000000000000000000000e-40")
	}
}

func randomDigits(r *rand.Rand, count int) string {
	digits := make([]byte, count)
	for i := range digits {
		digits[i] = byte('0' + r.IntN(10))
	}
	if count > 0 && digits[0] == '0' {
		digits[0] = '1'
	}
	return string(digits)
}

func pick[T any](r *rand.Rand, choices ...T) T { return choices[r.IntN(len(choices))] }
