package coreapitest

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/internal/wire"
)

// The names of the operations, as the SDK has them.
const (
	opClientInfo  = "Clients.Info"
	opLogin       = "Users.Login"
	opStartLogin  = "Users.StartLogin"
	opLoginStatus = "Users.LoginStatus"
	opSaveDevice  = "Devices.Save"
	opGetDevice   = "Devices.Get"
)

// operation is what the state does for one operation of the API.
type operation struct {
	name   string
	handle func(*state, request) (result, *problem)
}

// operations is the one table of them.
var operations = [...]operation{
	wire.Info:        {opClientInfo, (*state).clientInfo},
	wire.Login:       {opLogin, (*state).login},
	wire.StartLogin:  {opStartLogin, (*state).startLogin},
	wire.LoginStatus: {opLoginStatus, (*state).loginStatus},
	wire.SaveDevice:  {opSaveDevice, (*state).saveDevice},
	wire.GetDevice:   {opGetDevice, (*state).getDevice},
}

func checkOperation(name string) error {
	names := make([]string, len(operations))
	for i := range operations {
		if operations[i].name == name {
			return nil
		}
		names[i] = operations[i].name
	}
	return fmt.Errorf("the operation %q is none: pass one of %s", name, strings.Join(names, ", "))
}

// request is what an operation sees of a request.
type request struct {
	values   wire.Values   // of path, query and body
	extra    []wire.Member // of a device
	language coreapi.Language
	pageURL  func(reqToken string) string
}

// newRequest reads a request to the route. inURL is what its path and query have.
func newRequest(route *wire.CompiledRoute, inURL wire.Values, in body) (request, *problem) {
	values, extra, err := route.DecodeRequest(in.data, inURL)
	if err == nil {
		return request{values: values, extra: extra}, nil
	}
	if p := in.checkObject(); p != nil {
		return request{}, p
	}
	return request{}, refused(http.StatusBadRequest, wrongField)
}

// result is what an operation answers.
type result struct {
	values wire.Values
	extra  []wire.Member // of a device
}

// encode writes what stands at {result} in the answer. Extra that the profile has no room
// for is left out.
func (r result) encode(route *wire.CompiledRoute) ([]byte, error) {
	var extra []wire.Member
	for _, m := range r.extra {
		if route.TakesExtra(m.Name) {
			extra = append(extra, m)
		}
	}
	return route.EncodeResult(nil, &r.values, extra)
}

// problem is an answer that is an error: a documented code, or a status and a
// message for what the reference does not speak of.
type problem struct {
	code    coreapi.Code
	status  int
	message text
}

func failed(code coreapi.Code) *problem {
	return &problem{code: code, status: statusOf(code), message: messages[code]}
}

func refused(status int, message text) *problem {
	return &problem{status: status, message: message}
}
