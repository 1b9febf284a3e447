package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/fypass/coreapi-go/internal/jsonmembers"
)

// Decode reads a result, what Open returned. values[State] is Pending, Succeeded or Failed
// for a login and its status, whether the result has a state or not: without one, a user
// token means succeeded, else a failure code failed, else it is pending. (Login's is an
// error then, since a login with credentials succeeds or fails.) extra is what stands
// beside {deviceId} without a name. An error says what is missing where. extra's memory
// is result's.
func (r *CompiledRoute) Decode(result []byte) (values Values, extra []Member, err error) {
	content, err := jsonContent(result)
	if err != nil {
		return Values{}, nil, err
	}
	d := reader{extraAt: r.result.extra, keepConstants: true}
	d.read(r.result.root, content)
	if d.wrong != nil {
		return Values{}, nil, responseError("%s", d.wrong.describe(r.result.prefix, "the response"))
	}
	if err := r.checkResult(&d.values, content); err != nil {
		return Values{}, nil, err
	}
	return d.values, d.extra, nil
}

// ResultHas tells whether the result's template has the name. Without {state} a login that
// is pending looks like one whose {userToken} is misspelt.
func (r *CompiledRoute) ResultHas(name Name) bool { return r.result.names.has(name) }

// ResultPlace is where a response has the name: "data.token". "" where the template lacks it.
func (r *CompiledRoute) ResultPlace(name Name) string {
	if !r.ResultHas(name) {
		return ""
	}
	return joinPlace(r.result.prefix, r.result.at(name).place)
}

// RequestMember is the member of the request's body that holds the name, "" for none. The
// fake masks it in its records.
func (r *CompiledRoute) RequestMember(name Name) (member string) {
	if r.body == nil || !r.body.names.has(name) {
		return ""
	}
	path := r.body.root.pathTo(name)
	for i, n := range path[:len(path)-1] {
		for _, m := range n.members {
			if m.node == path[i+1] {
				member = m.name
			}
		}
	}
	return member
}

// DecodeRequest reads a request's body, for the fake, and adds what Match found in the URL.
// What is missing is no error: the API has answers for that. It is one where the body is
// no JSON object, a value is of the wrong kind, or one stands in the URL and another in
// the body. The kind is a number's for "{name:number}", else a string's; null is missing.
func (r *CompiledRoute) DecodeRequest(body []byte, inURL Values) (values Values, extra []Member, err error) {
	if r.body == nil {
		return inURL, nil, nil
	}
	if content := trimJSON(body); !json.Valid(content) || content[0] != '{' {
		return Values{}, nil, errors.New("the body is no JSON object")
	}
	d := reader{extraAt: r.body.extra, strict: true}
	d.read(r.body.root, trimJSON(body))
	if d.wrong != nil {
		return Values{}, nil, errors.New(d.wrong.describe("", "the body"))
	}
	for n, value := range inURL {
		if value != "" && d.values[n] != "" && d.values[n] != value {
			return Values{}, nil, fmt.Errorf("the URL has another %s than the body", Name(n))
		}
		if d.values[n] == "" {
			d.values[n] = value
		}
	}
	return d.values, d.extra, nil
}

// checkResult looks for what a success has to have, and replaces the API's word for a state.
func (r *CompiledRoute) checkResult(values *Values, result []byte) error {
	given := values.given()
	if missing := r.must &^ given; missing != 0 {
		return r.result.missing(setOf(missing.first()), result)
	}
	op := &operations[r.Operation]
	if anyOf := op.anyInResult & r.result.names; anyOf != 0 && given&anyOf == 0 {
		return r.result.missing(anyOf, result)
	}
	if op.isLogin == noLogin {
		return nil
	}
	if err := r.findState(values, result); err != nil {
		return err
	}
	if values[State] == Succeeded {
		if missing := r.result.names & setOf(UserToken, UserID) &^ given; missing.has(UserToken) || r.byTemplate && missing != 0 {
			return r.result.missing(setOf(missing.first()), result)
		}
	}
	return nil
}

func (r *CompiledRoute) findState(values *Values, result []byte) error {
	switch word := values[State]; {
	case r.result.names.has(State):
		state, ok := r.states.ofWord[word]
		if !ok {
			return unknownWord(word, r.ResultPlace(State))
		}
		values[State] = state
	case values[UserToken] != "":
		values[State] = Succeeded
	case values[FailureCode] != "":
		values[State] = Failed
	case operations[r.Operation].isLogin == loginDecided:
		return r.result.missing(setOf(UserToken), result)
	default:
		values[State] = Pending
	}
	return nil
}

// reader reads JSON, which is valid, by a template.
type reader struct {
	values        Values
	extra         []Member
	extraAt       *node
	keepConstants bool // the template's constants beside {deviceId} are Extra's, too
	strict        bool // a string is no number, and nothing else is a string
	wrong         *mismatch
}

// read takes what is no object or list where the template has one as absent: servers write
// null, "" or [] for an object that is empty.
func (d *reader) read(n *node, value []byte) {
	switch n.kind {
	case named:
		d.value(n, value)
	case list:
		if first := firstElement(value); first != nil {
			d.read(n.element, first)
		}
	case object:
		for m := range jsonmembers.Of(value) {
			d.member(n, m)
		}
	}
}

func (d *reader) member(n *node, m jsonmembers.Member) {
	child := n.find(m.Name)
	switch {
	case child != nil && child.names != 0:
		d.read(child, m.Value)
	case n == d.extraAt && (child == nil || d.keepConstants):
		d.extra = append(d.extra, Member{m.Text(), m.Value})
	}
}

func (d *reader) value(n *node, value []byte) {
	text, isText := scalar(value)
	switch {
	case string(value) == "null":
	case d.strict:
		isText = isText && n.isOfKind(value)
	case n.isNone(value):
		text = ""
	case string(value) == "true":
		isText = !handles.has(n.text.name)
	}
	if isText && text != "" {
		text, isText = n.text.cut(text)
	}
	if !isText && d.wrong == nil {
		d.wrong = &mismatch{n, kindOf(value)}
	}
	d.values[n.text.name] = text
}

// handles are the names of what is given back to the API, or opened. No bool is one.
const handles nameSet = 1<<ID | 1<<DeviceID | 1<<URL | 1<<ReqToken | 1<<UserToken | 1<<UserID

// isNone tells whether a value is how servers write, beside null, that there is none: false,
// and 0 for a token or a failure's code. A state's or a status's false is a word.
func (n *node) isNone(value []byte) bool {
	switch string(value) {
	case "false":
		return (handles | 1<<FailureCode | 1<<FailureMessage).has(n.text.name)
	case "0":
		return n.text.name == UserToken || n.text.name == FailureCode
	}
	return false
}

// isOfKind tells whether a scalar is what Encode writes at a name.
func (n *node) isOfKind(value []byte) bool {
	if n.text.number {
		return isNumber(string(value))
	}
	return value[0] == '"'
}

// scalar is the text of a string, a number or a bool, and "" for null. An object and a list
// have none.
func scalar(value []byte) (text string, ok bool) {
	switch value[0] {
	case '"':
		return unquote(value), true
	case '{', '[':
		return "", false
	case 'n':
		return "", true
	}
	return string(value), true
}

// unquote is for a valid JSON string. Most have nothing to unquote.
func unquote(value []byte) string {
	plain := value[1 : len(value)-1]
	if bytes.IndexByte(plain, '\\') < 0 && utf8.Valid(plain) {
		return string(plain)
	}
	var s string
	_ = json.Unmarshal(value, &s)
	return s
}

// sameName compares a member's name, in quotes, exactly.
func sameName(quotedName []byte, name string) bool {
	plain := quotedName[1 : len(quotedName)-1]
	if bytes.IndexByte(plain, '\\') >= 0 {
		var memory [128]byte
		plain = jsonmembers.AppendText(memory[:0], quotedName, utf8.UTFMax*len(name)+1) // a longer one is another name
	}
	return string(plain) == name
}

// member is the value of an object's last member with the name; nil: there is none.
func member(object []byte, name string) (value []byte) {
	for m := range jsonmembers.Of(object) {
		if sameName(m.Name, name) {
			value = m.Value
		}
	}
	return value
}

// firstElement is nil where value is no list, or an empty one.
func firstElement(value []byte) []byte {
	for item := range jsonmembers.Items(value) {
		return item
	}
	return nil
}

var utf8BOM = []byte("\xEF\xBB\xBF")

// trimJSON takes off a byte order mark and JSON's white space.
func trimJSON(data []byte) []byte {
	return bytes.Trim(bytes.TrimPrefix(data, utf8BOM), " \t\r\n")
}

// jsonContent is a response's JSON.
func jsonContent(data []byte) ([]byte, error) {
	content := trimJSON(data)
	switch {
	case len(content) == 0:
		return nil, responseError("the response is empty")
	case !json.Valid(content):
		return nil, responseError("the response is no JSON")
	}
	return content, nil
}
