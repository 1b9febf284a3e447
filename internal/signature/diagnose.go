package signature

import (
	"bytes"
	"cmp"
	"crypto/rsa"
	"crypto/sha256"
	"strconv"

	"github.com/fypass/coreapi-go/internal/jsonform"
)

// Diagnose finds out what a signature that o.Verify refuses was made with. It tries
// each known deviation alone, then each two of different kinds together: the words of
// Options, the body in another form than the one that was sent or with sorted keys,
// x-token left out or empty, and a newline after the text. The first that verifies is
// described in words, such as `padding "pss"` or `encoding "hex" and sorted keys`,
// without any value of the request; "" where header verifies as it is. False: none
// does, so that the key or a value that is signed is another one.
//
// It makes at most 60 texts and verifies each once: a few milliseconds, and for a large
// body the time to hash it as often. A body that is not JSON is tried as it is only.
func (o Options) Diagnose(pub *rsa.PublicKey, in Input, header string) (variant string, ok bool) {
	if _, err := CheckPublicKey(pub); err != nil {
		return "", false
	}
	d := diagnosis{pub: pub, header: header, given: attempt{options: o, input: in}, bodies: map[jsonform.Form][]byte{}}
	if d.verifies() {
		return "", true
	}
	known := o.deviations(in)
	for _, one := range known {
		if d.verifies(one) {
			return one.words, true
		}
	}
	for i, one := range known {
		for _, other := range known[i+1:] {
			if one.kind != other.kind && d.verifies(one, other) {
				return one.words + " and " + other.words, true
			}
		}
	}
	return "", false
}

// attempt is one way in which the signature may have been made.
type attempt struct {
	options    Options
	input      Input
	form       func(Options) jsonform.Form // the body's; nil: as it is given
	emptyToken bool                        // x-token is signed though there is none
	newline    bool                        // one stands after the text
}

// deviation is one change of an attempt. Of one kind only one can be made.
type deviation struct {
	kind  string
	words string
	apply func(*attempt)
}

// deviations are the ones that make sense for in, the likelier ones first.
func (o Options) deviations(in Input) []deviation {
	known := otherWords("padding", o.Padding, func(o *Options, word Padding) { o.Padding = word }, PKCS1v15, PSS)
	known = append(known, otherWords("encoding", o.Encoding, func(o *Options, word Encoding) { o.Encoding = word }, Base64, Base64URL, Hex)...)
	known = append(known, otherWords("style", o.Style, func(o *Options, word Style) { o.Style = word }, StyleJavaScript, StyleGo)...)
	if in.BasePath != "" {
		known = append(known, otherWords("endpoint", o.Endpoint, func(o *Options, word Endpoint) { o.Endpoint = word }, EndpointRelative, EndpointFull)...)
	}
	if len(in.Body) > 0 {
		known = append(known, otherForms()...)
	} else {
		known = append(known, otherWords("no body", o.NoBody, func(o *Options, word NoBody) { o.NoBody = word }, NoBodyObject, NoBodyOmit, NoBodyNull, NoBodyEmpty)...)
	}
	newline := deviation{"newline", "a newline after the text", func(a *attempt) { a.newline = true }}
	return append(known, otherToken(in.UserToken), newline)
}

// otherWords are the words that an option could have instead. The first is its default.
func otherWords[Word ~string](kind string, current Word, set func(*Options, Word), words ...Word) (others []deviation) {
	for _, word := range words {
		if word != cmp.Or(current, words[0]) {
			others = append(others, deviation{kind, kind + " " + strconv.Quote(string(word)), func(a *attempt) { set(&a.options, word) }})
		}
	}
	return others
}

// otherForms are for a sender that signs its body in another form than it sends it in.
func otherForms() []deviation {
	fixed := func(form jsonform.Form) func(*attempt) {
		return func(a *attempt) { a.form = func(Options) jsonform.Form { return form } }
	}
	return []deviation{
		{"form", "the body in the form that JSON.stringify writes", fixed(jsonform.Form{Style: jsonform.JavaScript})},
		{"form", "the body in the form that Go's json.Marshal writes", fixed(jsonform.Form{Style: jsonform.Go})},
		{"form", "sorted keys", func(a *attempt) {
			a.options.SortKeys = true
			a.form = Options.Form
		}},
	}
}

func otherToken(token string) deviation {
	if token == "" {
		return deviation{"token", "an empty x-token", func(a *attempt) { a.emptyToken = true }}
	}
	return deviation{"token", "x-token left out", func(a *attempt) { a.input.UserToken = "" }}
}

// diagnosis is what one Diagnose works with.
type diagnosis struct {
	pub    *rsa.PublicKey
	header string
	given  attempt
	bodies map[jsonform.Form][]byte // the body's forms, each made once; nil: there is none
	text   []byte                   // memory that each attempt uses again
}

// verifies says whether the signature was made as given but for the deviations.
func (d *diagnosis) verifies(deviations ...deviation) bool {
	a := d.given
	for _, deviation := range deviations {
		deviation.apply(&a)
	}
	signature, err := a.options.decode(d.header)
	if err != nil {
		return false
	}
	if a.form != nil {
		if a.input.Body = d.body(a.form(a.options)); a.input.Body == nil {
			return false
		}
	}
	d.text = a.options.appendText(d.text[:0], a.input, a.emptyToken || a.input.UserToken != "")
	if a.newline {
		d.text = append(d.text, '\n')
	}
	digest := sha256.Sum256(d.text)
	return a.options.verify(d.pub, digest[:], signature) == nil
}

// body is the body in a form; nil where there is none, or where it is the given one,
// which was tried without.
func (d *diagnosis) body(form jsonform.Form) []byte {
	body, made := d.bodies[form]
	if made {
		return body
	}
	if result, err := form.Rewrite(d.given.input.Body); err == nil && !bytes.Equal(result.Text, d.given.input.Body) {
		body = result.Text
	}
	d.bodies[form] = body
	return body
}
