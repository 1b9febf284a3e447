package signature

import (
	"bytes"
	"cmp"
	"crypto"
	"crypto/rsa"
	"fmt"
	"strconv"
	"strings"

	"github.com/fypass/coreapi-go/internal/jsonform"
)

// Finding is how far a signature could be explained.
type Finding int

const (
	NotWhole     Finding = iota // the header is no signature of the key's length, in any known encoding
	OtherKey                    // another key made it, or with a padding or a hash that is not known
	OtherText                   // the key made it, over a text that is not known
	OtherVariant                // the key made it, over a known variant of the request's text
	AsExpected                  // it verifies as it is
)

// Remedy is what makes the SDK sign as the signer did.
type Remedy int

const (
	BySwitch Remedy = iota // Options has it
	ByText                 // the text has to be made otherwise: coreapi.WithSignatureText
	ByNobody               // the SDK cannot
)

// Part is one thing that the signer did otherwise than the Options say. No value of the
// request is in its texts.
type Part struct {
	Made   string // such as `encoding "hex"`, a switch being named as a profile's file has it
	Wanted string // what the Options say instead, such as `"base64"`
	Remedy Remedy
	Note   string // a sentence more: what the switch still does otherwise, say; "": none
}

// Diagnosis says how a signature was made.
type Diagnosis struct {
	Finding Finding
	Parts   []Part   // with OtherText those of padding, encoding and hash only
	Options *Options // with the switches of the Parts set; nil where none of them is a switch
	Rewrote bool     // the signed body was written again, and is not Input's
}

// Description has the parts in words, such as `encoding "hex" and style "go" with sorted
// keys`; "" where there are none.
func (d Diagnosis) Description() string {
	return List(d.Parts, func(p Part) string { return p.Made })
}

// List is words of the parts in a row, with commas and an "and".
func List(parts []Part, words func(Part) string) string {
	var list string
	for i, p := range parts {
		switch i {
		case 0:
		case len(parts) - 1:
			list += " and "
		default:
			list += ", "
		}
		list += words(p)
	}
	return list
}

// Diagnose is Explain in words. False: the signature is under no known variant one of in.
func (o Options) Diagnose(pub *rsa.PublicKey, in Input, header string) (variant string, ok bool) {
	d := o.Explain(pub, in, header)
	if d.Finding < OtherVariant {
		return "", false
	}
	return d.Description(), true
}

// maxTripleBody is up to which length of a body, in bytes, three deviations are tried
// together.
const maxTripleBody = 64 << 10

// Explain finds out what a signature that o.Verify refuses was made with. Encoding,
// padding, salt and hash it reads off the header and the signature. Then it tries each
// known deviation of the text alone, each two of different kinds together, and each
// three where the body has at most 64 KiB.
//
// The cost is bounded by one RSA operation and 170 texts that are made and hashed: less
// than a millisecond for a small body. A body that is not JSON is tried as it is only.
func (o Options) Explain(pub *rsa.PublicKey, in Input, header string) Diagnosis {
	w, readings, finding := o.read(pub, header)
	if finding < OtherText {
		return Diagnosis{Finding: finding}
	}
	s := search{readings: readings, given: attempt{options: o, input: in}, bodies: map[jsonform.Form][]byte{}}
	reading, changes, ok := s.find(o.changes(in))
	if !ok {
		return o.diagnosis(OtherText, w, readings[0], nil, in)
	}
	return o.diagnosis(OtherVariant, w, reading, changes, in)
}

// ExplainText is Explain for a text that is known as a whole: OtherVariant is a signature
// of it in another encoding, padding or hash.
func (o Options) ExplainText(pub *rsa.PublicKey, text []byte, header string) Diagnosis {
	w, readings, finding := o.read(pub, header)
	if finding < OtherText {
		return Diagnosis{Finding: finding}
	}
	for _, reading := range readings {
		if reading.isOf(text) {
			return o.diagnosis(OtherVariant, w, reading, nil, Input{})
		}
	}
	return o.diagnosis(OtherText, w, readings[0], nil, Input{})
}

// read is what can be told without a text. It finds OtherText where that is all.
func (o Options) read(pub *rsa.PublicKey, header string) (writing, []opened, Finding) {
	if _, err := CheckPublicKey(pub); err != nil {
		return writing{}, nil, OtherKey
	}
	w, signature, ok := readHeader(header, pub.Size(), cmp.Or(o.Encoding, Base64))
	if !ok {
		return w, nil, NotWhole
	}
	readings := openSignature(pub, signature)
	if len(readings) == 0 {
		return w, nil, OtherKey
	}
	return w, readings, OtherText
}

// diagnosis puts together what was found out.
func (o Options) diagnosis(finding Finding, w writing, reading opened, changes []change, in Input) Diagnosis {
	d := Diagnosis{Finding: finding}
	all, switched := attempt{options: o, input: in}, attempt{options: o, input: in}
	for _, c := range append(o.sealChanges(w, reading), changes...) {
		c.apply(&all)
		d.Parts = append(d.Parts, c.Part)
		if c.Remedy == BySwitch {
			c.apply(&switched)
			d.Options = &switched.options
		}
	}
	d.Rewrote = all.form != nil
	if finding == OtherVariant && len(d.Parts) == 0 {
		d.Finding = AsExpected
	}
	return d
}

// attempt is one way in which the text may have been made.
type attempt struct {
	options Options
	input   Input
	form    *jsonform.Form // the body's; nil: as it is given
	layout  layout
	newline bool // one stands after the text
}

// change is one deviation. Of one kind only one can be made.
type change struct {
	kind  string
	apply func(*attempt)
	Part
}

func unchanged(*attempt) {}

// sealChanges are what header and signature show to be otherwise.
func (o Options) sealChanges(w writing, reading opened) (known []change) {
	padding, encoding := cmp.Or(o.Padding, PKCS1v15), cmp.Or(o.Encoding, Base64)
	salt := len(reading.salt)
	made := change{apply: func(a *attempt) { a.options.Padding = reading.padding }}
	made.Part = Part{Made: quoted("padding", reading.padding), Wanted: strconv.Quote(string(padding))}
	oddSalt := reading.padding == PSS && salt != reading.hash.Size()
	if oddSalt {
		made.Made += fmt.Sprintf(" with a salt of %d bytes", salt)
		made.Note = "The SDK's salt is as long as the hash, 32 bytes: a server that takes any length, as Node's crypto.verify does by default, takes it too."
		if padding == PSS {
			made.Wanted = "a salt of 32 bytes"
		}
	}
	if oddSalt || reading.padding != padding {
		known = append(known, made)
	}
	if w.note != "" || w.encoding != encoding {
		known = append(known, change{
			apply: func(a *attempt) { a.options.Encoding = w.encoding },
			Part:  Part{Made: w.words, Wanted: strconv.Quote(string(encoding)), Note: w.note},
		})
	}
	if reading.hash != crypto.SHA256 {
		known = append(known, change{apply: unchanged, Part: Part{reading.hash.String() + " instead of SHA-256", "SHA-256", ByNobody, ""}})
	}
	if reading.bare {
		known = append(known, change{apply: unchanged, Part: Part{"the digest without the hash's name before it (DigestInfo)", "it with the name", ByNobody, ""}})
	}
	return known
}

// changes are those of the text that make sense for in, the likelier ones first.
func (o Options) changes(in Input) (known []change) {
	known = o.formChanges(len(in.Body) > 0)
	if in.BasePath != "" {
		known = append(known, otherWords("endpoint", o.Endpoint, func(o *Options, word Endpoint) { o.Endpoint = word }, EndpointRelative, EndpointFull)...)
	}
	if len(in.Body) == 0 {
		known = append(known, otherWords("noBody", o.NoBody, func(o *Options, word NoBody) { o.NoBody = word }, NoBodyObject, NoBodyOmit, NoBodyNull, NoBodyEmpty)...)
	}
	return append(known,
		otherToken(in.UserToken),
		change{"newline", func(a *attempt) { a.newline = true }, Part{"a newline after the text", "none", ByText, ""}},
		change{"order", func(a *attempt) { a.layout.sortedHeaders = true },
			Part{"the headers sorted by name (x-request-id before x-token)", "them in the documented order", ByText, ""}},
		change{"order", func(a *attempt) { a.layout.sorted = true },
			Part{"the whole structure sorted by name (body, endpoint, headers, method)", "the documented order", ByText, ""}},
		change{"method", func(a *attempt) { a.input.Method = strings.ToLower(a.input.Method) },
			Part{"the method in lower case", "it as it is sent", ByText, ""}},
	)
}

// otherWords are the words that a switch could have instead. The first is its default.
func otherWords[Word ~string](name string, current Word, set func(*Options, Word), words ...Word) (others []change) {
	current = cmp.Or(current, words[0])
	for _, word := range words {
		if word != current {
			others = append(others, change{name, func(a *attempt) { set(&a.options, word) },
				Part{Made: quoted(name, word), Wanted: strconv.Quote(string(current))}})
		}
	}
	return others
}

func otherToken(token string) change {
	if token == "" {
		return change{"token", func(a *attempt) { a.layout.emptyToken = true }, Part{"an empty x-token", "none where none is sent", ByText, ""}}
	}
	return change{"token", func(a *attempt) { a.input.UserToken = "" }, Part{"x-token left out", "the one that was sent", ByText, "Where the request had no x-token, leave the token out here too."}}
}

// formChanges are about how strings and the body are written.
func (o Options) formChanges(hasBody bool) (known []change) {
	own, other := cmp.Or(o.Style, StyleJavaScript), StyleGo
	if own == StyleGo {
		other = StyleJavaScript
	}
	otherStyle := Part{Made: quoted("style", other), Wanted: strconv.Quote(string(own))}
	if !hasBody {
		return []change{{"form", func(a *attempt) { a.options.Style = other }, otherStyle}}
	}
	keys, wantedKeys := "sorted keys", "the members in their order"
	if o.SortKeys {
		keys, wantedKeys = "the members in their order", "sorted keys"
	}
	both := Part{Made: otherStyle.Made + " with " + keys, Wanted: otherStyle.Wanted + " with " + wantedKeys}
	writers := map[Style]string{StyleJavaScript: "JSON.stringify", StyleGo: "Go's json.Marshal"}
	sorted := ""
	if o.SortKeys {
		sorted = ", with sorted keys"
	}
	return []change{
		// A sender that signs its body in the right form, but sends it in another. It comes
		// first: where nothing is to be escaped, the next one's text is the same.
		{"form", inForm(own, o.SortKeys), Part{"the body in the form that " + writers[own] + " writes" + sorted, "it as it was sent", ByText, ""}},
		{"form", inForm(other, o.SortKeys), otherStyle},
		{"form", inForm(own, !o.SortKeys), Part{Made: keys, Wanted: wantedKeys}},
		{"form", inForm(other, !o.SortKeys), both},
		{"form", func(a *attempt) {
			a.form = &jsonform.Form{Style: Options{Style: other}.jsonStyle(), SortKeys: o.SortKeys}
		},
			Part{"the body alone in the form that " + writers[other] + " writes", "it as it was sent", ByText, ""}},
		{"form", func(a *attempt) { a.options.Style = other },
			Part{otherStyle.Made + " for all but the body", otherStyle.Wanted, ByText, ""}},
	}
}

// inForm is the switch Style, and SortKeys: the body is put into the form.
func inForm(style Style, sortKeys bool) func(*attempt) {
	return func(a *attempt) {
		if style != cmp.Or(a.options.Style, StyleJavaScript) {
			a.options.Style = style
		}
		a.options.SortKeys = sortKeys
		form := a.options.Form()
		a.form = &form
	}
}

// search is what one Explain works with.
type search struct {
	readings []opened
	given    attempt
	bodies   map[jsonform.Form][]byte // the body's forms, each made once; nil: there is none
	text     []byte                   // memory that each attempt uses again
	texts    int                      // how many were made
}

// find tries no change, each one, each two and each three. The first that the signature
// is one of counts.
func (s *search) find(known []change) (reading opened, changes []change, ok bool) {
	most := 3
	if len(s.given.input.Body) > maxTripleBody {
		most = 2
	}
	for n := range most + 1 {
		if reading, changes, ok = s.findSome(known, n, nil); ok {
			return reading, changes, true
		}
	}
	return opened{}, nil, false
}

// findSome adds n of the known changes to those that were chosen.
func (s *search) findSome(known []change, n int, chosen []change) (opened, []change, bool) {
	if n == 0 {
		reading, ok := s.fits(chosen)
		return reading, chosen, ok
	}
	for i, c := range known {
		if len(chosen) > 0 && chosen[len(chosen)-1].kind == c.kind {
			continue
		}
		if reading, changes, ok := s.findSome(known[i+1:], n-1, append(chosen, c)); ok {
			return reading, changes, true
		}
	}
	return opened{}, nil, false
}

// fits says whether the signature is that of the text with the changes.
func (s *search) fits(changes []change) (opened, bool) {
	a := s.given
	for _, c := range changes {
		c.apply(&a)
	}
	if a.form != nil {
		if a.input.Body = s.body(*a.form); a.input.Body == nil {
			return opened{}, false
		}
	}
	s.texts++
	s.text = a.options.appendText(s.text[:0], a.input, a.layout)
	if a.newline {
		s.text = append(s.text, '\n')
	}
	for _, reading := range s.readings {
		if reading.isOf(s.text) {
			return reading, true
		}
	}
	return opened{}, false
}

// body is the body in a form; nil where there is none.
func (s *search) body(form jsonform.Form) []byte {
	body, made := s.bodies[form]
	if made {
		return body
	}
	if result, err := form.Rewrite(s.given.input.Body); err == nil {
		body = bytes.Clone(result.Text)
	}
	s.bodies[form] = body
	return body
}
