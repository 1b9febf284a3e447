package coreapi

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// Profile has what the reference does not document and an integrator may have to
// change: routes, the request id's header, the success envelope. Zero fields
// mean the default.
type Profile struct {
	// RequestIDHeader carries the request id both ways. Default X-Request-Id.
	RequestIDHeader string
	// DataField names the field of a success body that holds the result, such
	// as "data". Default "": the body is the result. It is applied to every 2xx,
	// Do's too.
	DataField string

	// ClientInfo is the route of Clients.Info. Default GET /clients/info.
	ClientInfo Route
	// Login is the route of Users.Login and Users.StartLogin. Default POST
	// /users/login.
	Login Route
	// LoginStatus is the route of Users.LoginStatus; the reqToken goes in the
	// query. Default GET /users/login/status.
	LoginStatus Route
	// SaveDevice is the route of Devices.Save. Default POST /devices.
	SaveDevice Route
	// GetDevice is the route of Devices.Get, with "{id}" where the id goes.
	// Default GET /devices/{id}.
	GetDevice Route
}

// Route is a method and a path relative to the base URL. Zero fields mean the
// default.
type Route struct{ Method, Path string }

const idPlaceholder = "{id}"

// DefaultProfile returns the profile of a Client that was given none. The
// methods are documented. All else is an assumption of this SDK; this is the one
// place where it stands.
func DefaultProfile() Profile {
	return Profile{
		RequestIDHeader: "X-Request-Id",
		ClientInfo:      Route{http.MethodGet, "/clients/info"},
		Login:           Route{http.MethodPost, "/users/login"},
		LoginStatus:     Route{http.MethodGet, "/users/login/status"},
		SaveDevice:      Route{http.MethodPost, "/devices"},
		GetDevice:       Route{http.MethodGet, "/devices/" + idPlaceholder},
	}
}

// withDefaults fills in zero fields.
func (p Profile) withDefaults() Profile {
	d := DefaultProfile()
	fill := func(field *string, value string) {
		if *field == "" {
			*field = value
		}
	}
	fill(&p.RequestIDHeader, d.RequestIDHeader)
	own, defaults := p.routes(), d.routes()
	for i := range own {
		fill(&own[i].route.Method, defaults[i].route.Method)
		fill(&own[i].route.Path, defaults[i].route.Path)
	}
	return p
}

type namedRoute struct {
	name  string
	route *Route
}

func (p *Profile) routes() []namedRoute {
	return []namedRoute{
		{"ClientInfo", &p.ClientInfo},
		{"Login", &p.Login},
		{"LoginStatus", &p.LoginStatus},
		{"SaveDevice", &p.SaveDevice},
		{"GetDevice", &p.GetDevice},
	}
}

func (p Profile) check() error {
	if err := checkHeaderName(p.RequestIDHeader); err != nil {
		return fmt.Errorf("the profile's RequestIDHeader: %w", err)
	}
	for _, r := range p.routes() {
		if err := checkRoute(*r.route, r.route == &p.GetDevice); err != nil {
			return fmt.Errorf("the profile's route %s: %w", r.name, err)
		}
	}
	return nil
}

func checkRoute(r Route, wantsID bool) error {
	if err := checkMethod(r.Method); err != nil {
		return err
	}
	path := r.Path
	if wantsID {
		if strings.Count(path, idPlaceholder) != 1 {
			return errors.New(`the path must hold "{id}" once, where the device's id goes`)
		}
		path = strings.Replace(path, idPlaceholder, "id", 1)
	}
	return checkPath(path)
}
