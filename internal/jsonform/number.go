package jsonform

import "strconv"

// number writes the next number as ECMAScript's Number::toString does.
func (w *writer) number() {
	text := w.source[w.position:]
	text = text[:numberLength(text)]
	d := parseDecimal(text)
	if kind := d.loss(); kind != none {
		w.lose(kind, w.position)
		w.out = append(w.out, text...)
	} else {
		w.out = d.append(w.out, w.form.Style)
	}
	w.position += len(text)
}

// numberLength is the length of the number that text begins with.
func numberLength(text []byte) int {
	for i, c := range text {
		switch c {
		case '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '-', '+', '.', 'e', 'E':
		default:
			return i
		}
	}
	return len(text)
}

// maxDigits is how many digits ECMAScript writes of a number at most, zeros at its
// ends not counted.
const maxDigits = 17

// decimal is a number's value, 0.digits × 10^point, without zeros at either end of
// digits. Zero has no digits.
type decimal struct {
	negative bool
	digits   [maxDigits]byte
	count    int // of digits; more than maxDigits: not all of them are kept
	point    int64
}

// parseDecimal reads a JSON number, of any length and with any exponent.
func parseDecimal(text []byte) (d decimal) {
	zeros, fraction := 0, false // zeros count only where another digit follows
	for i, c := range text {
		switch {
		case c == '-':
			d.negative = true
		case c == '.':
			fraction = true
		case c == 'e' || c == 'E':
			d.point += parseExponent(text[i+1:])
			return d
		case c == '0' && d.count == 0: // it only moves the point
			if fraction {
				d.point--
			}
		case c == '0':
			zeros++
			if !fraction {
				d.point++
			}
		default:
			d.add(zeros, c)
			zeros = 0
			if !fraction {
				d.point++
			}
		}
	}
	return d
}

// add appends zeros and a digit other than zero.
func (d *decimal) add(zeros int, digit byte) {
	if zeros >= maxDigits-d.count {
		d.count = maxDigits + 1
		return
	}
	for range zeros {
		d.digits[d.count] = '0'
		d.count++
	}
	d.digits[d.count] = digit
	d.count++
}

// parseExponent reads the digits after an e. What is beyond any number's range, even
// of one with as many digits as memory holds, is cut off.
func parseExponent(text []byte) (exponent int64) {
	const beyond = 1 << 50
	for _, c := range text {
		if c >= '0' && c <= '9' && exponent < beyond {
			exponent = exponent*10 + int64(c-'0')
		}
	}
	if text[0] == '-' {
		return -exponent
	}
	return exponent
}

// loss says whether ECMAScript would write d as another value.
func (d *decimal) loss() lossKind {
	switch {
	case d.count == 0:
		return none
	case d.point > 309 || d.point < -323: // 1.79…e308 is 0.179… × 10^309, 5e-324 is 0.5 × 10^-323
		return outOfRange
	case d.count > maxDigits:
		return otherValue
	case d.count <= 15 && d.point > -300 && d.point < 300:
		return none // no two decimals of 15 digits are the same float64
	}
	var text [32]byte // room for any number's, so that nothing is allocated
	value, err := strconv.ParseFloat(string(d.appendExponential(text[:0])), 64)
	if err != nil || value == 0 {
		return outOfRange
	}
	written := parseDecimal(strconv.AppendFloat(text[:0], value, 'e', -1, 64))
	if written.count != d.count || written.digits != d.digits || written.point != d.point {
		return otherValue
	}
	return none
}

// append appends d as ECMAScript writes it, and as Go does, which has the same text
// for all but -0.
func (d *decimal) append(dst []byte, style Style) []byte {
	if d.negative && (d.count > 0 || style == Go) {
		dst = append(dst, '-')
	}
	digits, count := d.digits[:d.count], int64(d.count)
	switch {
	case d.count == 0:
		return append(dst, '0')
	case d.point > 21 || d.point <= -6:
		return d.appendExponential(dst)
	case d.point >= count:
		return appendZeros(append(dst, digits...), d.point-count)
	case d.point > 0:
		dst = append(append(dst, digits[:d.point]...), '.')
		return append(dst, digits[d.point:]...)
	}
	dst = appendZeros(append(dst, "0."...), -d.point)
	return append(dst, digits...)
}

// appendExponential appends d, which is not zero, as 1.5e+21, without its sign.
func (d *decimal) appendExponential(dst []byte) []byte {
	dst = append(dst, d.digits[0])
	if d.count > 1 {
		dst = append(append(dst, '.'), d.digits[1:d.count]...)
	}
	dst = append(dst, 'e')
	if d.point > 0 {
		dst = append(dst, '+')
	}
	return strconv.AppendInt(dst, d.point-1, 10)
}

func appendZeros(dst []byte, count int64) []byte {
	for range count {
		dst = append(dst, '0')
	}
	return dst
}
