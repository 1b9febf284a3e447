package signature

import "github.com/fypass/coreapi-go/internal/jsonform"

// Input is what a request's text is made of. Nothing in it is escaped for JSON yet.
type Input struct {
	BasePath  string // the base URL's own escaped path, "" or "/core/v1": signed where Options.Endpoint is full
	Endpoint  string // path and query as on the request line, without BasePath
	Method    string
	ClientKey string
	UserToken string // "": the request has none
	RequestID string
	Version   string
	Body      []byte // JSON, exactly as sent; nil: none
}

// AppendText appends the text that is signed, members in the documented sample's
// order, without white space:
//
//	{"endpoint":…,"method":…,"headers":{"x-client-key":…,"x-token":…,"x-request-id":…,"x-version":…},"body":…}
//
// A header that is not sent is left out. The body stands in it as it is, in no other
// form: what is sent and what is signed are the same bytes.
func (o Options) AppendText(dst []byte, in Input) []byte {
	return o.appendText(dst, in, in.UserToken != "")
}

func (o Options) appendText(dst []byte, in Input, withToken bool) []byte {
	style := o.jsonStyle()
	endpoint := in.Endpoint
	if o.Endpoint == EndpointFull {
		endpoint = in.BasePath + endpoint
	}
	dst = appendMember(dst, `{"endpoint":`, endpoint, style)
	dst = appendMember(dst, `,"method":`, in.Method, style)
	dst = appendMember(dst, `,"headers":{"x-client-key":`, in.ClientKey, style)
	if withToken {
		dst = appendMember(dst, `,"x-token":`, in.UserToken, style)
	}
	dst = appendMember(dst, `,"x-request-id":`, in.RequestID, style)
	dst = appendMember(dst, `,"x-version":`, in.Version, style)
	dst = append(dst, '}')
	dst = o.appendBody(dst, in.Body)
	return append(dst, '}')
}

func appendMember(dst []byte, name, value string, style jsonform.Style) []byte {
	return jsonform.AppendString(append(dst, name...), value, style)
}

// appendBody appends the member "body", where there is to be one.
func (o Options) appendBody(dst, body []byte) []byte {
	const name = `,"body":`
	switch {
	case len(body) > 0:
		return append(append(dst, name...), body...)
	case o.NoBody == NoBodyOmit:
		return dst
	case o.NoBody == NoBodyNull:
		return append(dst, name+`null`...)
	case o.NoBody == NoBodyEmpty:
		return append(dst, name+`""`...)
	}
	return append(dst, name+`{}`...)
}
