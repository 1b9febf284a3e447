package wire_test

import (
	"fmt"

	"github.com/fypass/coreapi-go/internal/wire"
)

var tokenInPath = wire.Source{
	Envelope: `{"status":true,"data":"{result}"}`,
	LoginStatus: wire.Route{
		Path:   "/login/{reqToken}/status",
		Result: `{"state":"{state}","token":"{userToken}"}`,
	},
}

// The client: from values to a request, and from a response to values.
func Example_forwards() {
	w, err := wire.Compile(tokenInPath)
	if err != nil {
		panic(err)
	}
	route := w.Route(wire.LoginStatus)
	asked := wire.Values{wire.ReqToken: "r1"}
	path, query, _ := route.URL(&asked)
	body, _ := route.Encode(nil, &asked, nil)
	fmt.Printf("%s %q %q %q\n", route.Method, path, query, body)

	result, _ := w.Open([]byte(`{"status":true,"data":{"state":"succeeded","token":"t1"}}`))
	values, _, _ := route.Decode(result)
	fmt.Println(values[wire.State], values[wire.UserToken])

	_, err = w.Open([]byte(`{"status":false,"code":"INVALID_OBJECT_ID"}`))
	fmt.Println(err)
	result, _ = w.Open([]byte(`{"status":true,"data":{"state":"succeeded","access":"t1"}}`))
	_, _, err = route.Decode(result)
	fmt.Println(err)
	// Output:
	// GET "/login/r1/status" "" ""
	// succeeded t1
	// status is not true
	// the response has no {userToken} at data.token: data has the members access, state
}

// The fake: from a request to values, and from values to a response.
func Example_backwards() {
	w, err := wire.Compile(tokenInPath)
	if err != nil {
		panic(err)
	}
	for _, route := range w.Routes() {
		inURL, ok := route.Match("/login/r1/status", "")
		if !ok || route.Method != "GET" {
			continue
		}
		asked, _, _ := route.DecodeRequest(nil, inURL)
		fmt.Println(route.Operation, asked[wire.ReqToken])
		result, _ := route.EncodeResult(nil, &wire.Values{wire.State: wire.Succeeded, wire.UserToken: "t1"}, nil)
		fmt.Printf("%s\n", w.Wrap(result))
	}
	fmt.Printf("%s\n", w.WrapError("INVALID_OBJECT_ID", "no such login"))
	// Output:
	// LoginStatus r1
	// {"status":true,"data":{"state":"succeeded","token":"t1"}}
	// {"status":false,"code":"INVALID_OBJECT_ID","message":"no such login"}
}
