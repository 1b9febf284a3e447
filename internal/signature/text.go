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
	return o.appendText(dst, in, layout{})
}

// layout is what a signer may do otherwise with the structure. The zero one is the
// documented structure.
type layout struct {
	emptyToken    bool // x-token stands in it though there is none
	sortedHeaders bool // the headers stand by name, as a Go map has them
	sorted        bool // all members do
}

func (o Options) appendText(dst []byte, in Input, l layout) []byte {
	style := o.jsonStyle()
	endpoint := in.Endpoint
	if o.Endpoint == EndpointFull {
		endpoint = in.BasePath + endpoint
	}
	dst = append(dst, '{')
	if l.sorted {
		dst = o.appendBody(dst, "", in.Body, ",")
		dst = appendMember(dst, `"endpoint":`, endpoint, style)
		dst = appendHeaders(append(dst, ','), in, l, style)
		dst = appendMember(dst, `,"method":`, in.Method, style)
		return append(dst, '}')
	}
	dst = appendMember(dst, `"endpoint":`, endpoint, style)
	dst = appendMember(dst, `,"method":`, in.Method, style)
	dst = appendHeaders(append(dst, ','), in, l, style)
	dst = o.appendBody(dst, ",", in.Body, "")
	return append(dst, '}')
}

func appendHeaders(dst []byte, in Input, l layout, style jsonform.Style) []byte {
	withToken, last := in.UserToken != "" || l.emptyToken, l.sorted || l.sortedHeaders
	dst = appendMember(dst, `"headers":{"x-client-key":`, in.ClientKey, style)
	if withToken && !last {
		dst = appendMember(dst, `,"x-token":`, in.UserToken, style)
	}
	dst = appendMember(dst, `,"x-request-id":`, in.RequestID, style)
	if withToken && last {
		dst = appendMember(dst, `,"x-token":`, in.UserToken, style)
	}
	dst = appendMember(dst, `,"x-version":`, in.Version, style)
	return append(dst, '}')
}

func appendMember(dst []byte, name, value string, style jsonform.Style) []byte {
	return jsonform.AppendString(append(dst, name...), value, style)
}

// appendBody appends the member "body", where there is to be one, between before and
// after.
func (o Options) appendBody(dst []byte, before string, body []byte, after string) []byte {
	none := "{}"
	switch {
	case len(body) > 0:
		none = ""
	case o.NoBody == NoBodyOmit:
		return dst
	case o.NoBody == NoBodyNull, o.NoBody == NoBodyEmpty:
		none = string(o.NoBody)
	}
	dst = append(append(dst, before...), `"body":`...)
	dst = append(append(dst, none...), body...)
	return append(dst, after...)
}
