package redact

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Forms lists what to look for in a text: each secret as it is, without white space
// around, and as a query, a path, a JSON text, HTML and JavaScript's encodeURIComponent
// carry it. A secret of fewer than MinSecret bytes has no form.
func Forms(secrets ...string) []string {
	var forms []string
	for _, secret := range secrets {
		if len(secret) < MinSecret {
			continue
		}
		forms = append(append(forms, secret), escapedForms(secret)...)
		if trimmed := strings.TrimSpace(secret); trimmed != secret {
			forms = append(forms, Forms(trimmed)...)
		}
	}
	return forms
}

// escapedForms are the forms that differ from the secret itself.
func escapedForms(secret string) []string {
	if !strings.ContainsFunc(secret, mayBeEscaped) {
		return nil
	}
	forms := []string{url.QueryEscape(secret), url.PathEscape(secret), uriComponent(secret)}
	for _, form := range forms {
		forms = append(forms, lowerEscapes(form))
	}
	forms = append(forms, jsonForms(secret)...)
	forms = append(forms, htmlForms(secret)...)
	var others []string
	for _, form := range forms {
		if form != secret && form != "" && !slices.Contains(others, form) {
			others = append(others, form)
		}
	}
	return others
}

// mayBeEscaped is false for what each encoder leaves as it is.
func mayBeEscaped(r rune) bool {
	return (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && r != '-' && r != '_' && r != '.'
}

// The replacers are made once: each is a table that takes longer to make than to use.
var (
	// The secret's own backslashes come first, so that the replacer passes over them and
	// takes no text of the secret for an escape.
	jsonWithoutHTML = strings.NewReplacer(`\\`, `\\`, `\u003c`, "<", `\u003e`, ">", `\u0026`, "&")
	component       = strings.NewReplacer("+", "%20", "%21", "!", "%27", "'", "%28", "(", "%29", ")", "%2A", "*")
	htmlText        = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
	htmlQuotes      = quoteReplacers()
)

func quoteReplacers() (all []*strings.Replacer) {
	for _, double := range []string{"&#34;", "&quot;"} {
		for _, single := range []string{"'", "&#39;", "&#x27;", "&apos;"} {
			all = append(all, strings.NewReplacer(`"`, double, "'", single))
		}
	}
	return all
}

// jsonForms writes a string as the JSON encoders of several languages do: with and
// without escapes of HTML, of slashes and of what is not ASCII.
func jsonForms(secret string) []string {
	text, err := json.Marshal(secret)
	if err != nil {
		return nil
	}
	escaped := string(text[1 : len(text)-1])
	plain := jsonWithoutHTML.Replace(escaped)
	var forms []string
	for _, form := range []string{escaped, plain} {
		forms = append(forms, form, asciiEscapes(form, `\u%04x`), asciiEscapes(form, `\u%04X`))
	}
	for _, form := range forms {
		forms = append(forms, strings.ReplaceAll(form, "/", `\/`))
	}
	return forms
}

// uriComponent writes what JavaScript's encodeURIComponent writes, which leaves these five
// characters as they are.
func uriComponent(secret string) string {
	return component.Replace(url.QueryEscape(secret))
}

// htmlForms are those of the usual escapers, which differ in the quotes.
func htmlForms(secret string) []string {
	plain := htmlText.Replace(secret)
	forms := []string{plain}
	for _, quotes := range htmlQuotes {
		forms = append(forms, quotes.Replace(plain))
	}
	return forms
}

// asciiEscapes writes what is not ASCII by format, in UTF-16 as JSON has it.
func asciiEscapes(s, format string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return r >= utf8.RuneSelf }) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if r < utf8.RuneSelf {
			b.WriteRune(r)
			continue
		}
		for _, unit := range utf16.Encode([]rune{r}) {
			fmt.Fprintf(&b, format, unit)
		}
	}
	return b.String()
}

// lowerEscapes writes %2F as %2f.
func lowerEscapes(s string) string {
	b := []byte(s)
	for i := 2; i < len(b); i++ {
		if b[i-2] == '%' {
			lowerHex(b[i-1 : i+1])
		}
	}
	return string(b)
}

func lowerHex(digits []byte) {
	for i, d := range digits {
		if d >= 'A' && d <= 'F' {
			digits[i] = d + ('a' - 'A')
		}
	}
}
