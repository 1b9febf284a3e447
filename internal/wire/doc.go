// Package wire has the API's wire as data: routes, bodies, results, an envelope and the
// words for a login's state. A template is JSON, the API's own sample, with "{name}" where
// a value goes. [Compile] finds everything that is wrong with a [Source]; what it returns
// does not change any more and is safe for concurrent use.
//
// The client goes forwards, from values to a request and from a response to values:
//
//	w, err := wire.Compile(wire.Source{
//		Envelope: `{"status":true,"data":"{result}"}`,
//		LoginStatus: wire.Route{
//			Path:   "/login/{reqToken}/status",
//			Result: `{"state":"{state}","token":"{userToken}"}`,
//		},
//	})
//	route := w.Route(wire.LoginStatus)
//	values := wire.Values{wire.ReqToken: "r1"}
//	path, query, err := route.URL(&values)          // "/login/r1/status", ""
//	body, err := route.Encode(nil, &values, nil)    // nil: a GET has none
//	result, err := w.Open(response)                 // {"state":"succeeded","token":"t"}
//	values, extra, err := route.Decode(result)      // values[wire.UserToken] is "t"
//
// The fake goes backwards, from a request to values and from values to a response:
//
//	values, ok := route.Match("/login/r1/status", "")        // values[wire.ReqToken] is "r1"
//	values, extra, err := route.DecodeRequest(body, values)  // and those of the body
//	result, err := route.EncodeResult(nil, &values, nil)
//	response := w.Wrap(result)                               // or w.WrapError(code, message)
//
// Errors on a response name members and kinds, never a value of it, but for a state's word
// of at most 32 plain characters. They are in the SDK's own words ([redact.Text]), or an
// [Unmet]. Member names are compared exactly, unlike encoding/json's.
package wire
