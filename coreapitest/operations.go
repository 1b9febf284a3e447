package coreapitest

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/fypass/coreapi-go"
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
	name        string
	placeholder string // in the route, where a value goes; "" for none
	route       func(*coreapi.Profile) *coreapi.Route
	handle      func(*state, request) (any, *problem)
}

// operations is the one table of them. Users.Login and Users.StartLogin have one
// route; the body tells them apart.
var operations = [...]operation{
	{opClientInfo, "", func(p *coreapi.Profile) *coreapi.Route { return &p.ClientInfo }, (*state).clientInfo},
	{opLogin, "", func(p *coreapi.Profile) *coreapi.Route { return &p.Login }, (*state).login},
	{opStartLogin, "", func(p *coreapi.Profile) *coreapi.Route { return &p.Login }, (*state).startLogin},
	{opLoginStatus, "{reqToken}", func(p *coreapi.Profile) *coreapi.Route { return &p.LoginStatus }, (*state).loginStatus},
	{opSaveDevice, "", func(p *coreapi.Profile) *coreapi.Route { return &p.SaveDevice }, (*state).saveDevice},
	{opGetDevice, "{id}", func(p *coreapi.Profile) *coreapi.Route { return &p.GetDevice }, (*state).getDevice},
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

// perform finds the operation's handler. A name that routing gave is always one.
func (s *state) perform(name string, r request) (any, *problem) {
	for i := range operations {
		if operations[i].name == name {
			return operations[i].handle(s, r)
		}
	}
	return nil, refused(http.StatusNotFound, noSuchPath)
}

// request is what an operation sees of a request.
type request struct {
	body     body
	value    string // what stands at the route's placeholder: a reqToken, or a device's id
	language coreapi.Language
	pageURL  func(reqToken string) string
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
