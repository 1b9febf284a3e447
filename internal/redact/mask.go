// Package redact takes secrets out of texts and errors: what the caller gave to keep
// secret, in each form that a server may echo it, and what Go's own packages quote of
// URLs and responses.
package redact

import (
	"strings"

	"github.com/fypass/coreapi-go/internal/printable"
)

// Marker stands where a secret was.
const Marker = "[redacted]"

// MinSecret is the length in bytes from which Forms takes a secret: masking a shorter one
// would blank out ordinary words.
const MinSecret = 4

// Clean is Mask, and makes the text valid UTF-8.
func Clean(text string, forms []string) string {
	return printable.Valid(Mask(text, forms))
}

// CleanCut is Clean for a text of which only the first limit bytes are kept. It is cut
// before anything else is done with it, so that no text costs more than its reading; a
// secret that the cut falls into is masked as well.
func CleanCut(text string, limit int, forms []string) string {
	cut := printable.Cut(text, limit)
	if len(cut) < len(text) {
		if begun := longestBeginning(cut, forms); begun >= MinSecret {
			return Clean(cut[:len(cut)-begun], forms) + Marker
		}
	}
	return Clean(cut, forms)
}

// longestBeginning is how many bytes at the text's end begin one of the forms.
func longestBeginning(text string, forms []string) int {
	longest := 0
	for _, form := range forms {
		longest = max(longest, beginning(text, form))
	}
	return longest
}

// beginning is how many bytes at the text's end begin the form, but not all of it.
func beginning(text, form string) int {
	text = text[max(0, len(text)-len(form)+1):]
	fallback := fallbacks(form)
	matched := 0
	for i := range len(text) {
		for matched > 0 && text[i] != form[matched] {
			matched = fallback[matched-1]
		}
		if text[i] == form[matched] {
			matched++
		}
	}
	return matched
}

// Mask puts Marker in the place of each secret in text. What overlaps or touches is
// replaced as one, so that no rest of a secret is left. The forms to look for are made
// with Forms. The time that Mask takes grows with the text's length times the number of
// forms, and no faster, whatever both are.
func Mask(text string, forms []string) string {
	var hidden []bool // for each byte of text; nil: there is no secret in it
	for _, form := range forms {
		start := possibleStart(text, form)
		if start < 0 {
			continue
		}
		if hidden == nil {
			hidden = make([]bool, len(text))
		}
		hide(text[start:], form, hidden[start:])
	}
	if hidden == nil {
		return text
	}
	return replaceHidden(text, hidden)
}

// maxProbe is a length, in bytes, up to which strings.Index takes linear time. With
// longer texts to find, some inputs take it a time that grows with both lengths.
const maxProbe = 64

// possibleStart returns where a form may begin for the first time, or -1.
func possibleStart(text, form string) int {
	if form == "" || len(form) > len(text) {
		return -1
	}
	return strings.Index(text, form[:min(len(form), maxProbe)])
}

// hide marks each byte that belongs to an occurrence of form in text, overlapping ones
// too. It is the algorithm of Knuth, Morris and Pratt, which looks at no byte of the text
// twice.
func hide(text, form string, hidden []bool) {
	fallback := fallbacks(form)
	matched, done := 0, 0 // done: how far hidden is set for this form
	for i := range len(text) {
		for matched > 0 && text[i] != form[matched] {
			matched = fallback[matched-1]
		}
		if text[i] == form[matched] {
			matched++
		}
		if matched < len(form) {
			continue
		}
		for done = max(done, i+1-len(form)); done <= i; done++ {
			hidden[done] = true
		}
		matched = fallback[matched-1]
	}
}

// fallbacks has for each byte of form the length of the longest beginning of form that
// also ends there, shorter than what was read: where to go on after a mismatch.
func fallbacks(form string) []int {
	lengths := make([]int, len(form))
	matched := 0
	for i := 1; i < len(form); i++ {
		for matched > 0 && form[i] != form[matched] {
			matched = lengths[matched-1]
		}
		if form[i] == form[matched] {
			matched++
		}
		lengths[i] = matched
	}
	return lengths
}

// replaceHidden writes text with one Marker for each run of hidden bytes.
func replaceHidden(text string, hidden []bool) string {
	var b strings.Builder
	for i := 0; i < len(text); {
		from := i
		for i < len(text) && hidden[i] == hidden[from] {
			i++
		}
		if hidden[from] {
			b.WriteString(Marker)
		} else {
			b.WriteString(text[from:i])
		}
	}
	return b.String()
}
