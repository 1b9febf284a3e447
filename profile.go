package coreapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/fypass/coreapi-go/internal/check"
)

// Profile has what the reference does not document and an integrator may have to
// change: the version that is sent, the signature's form, the success envelope,
// routes. Zero fields mean the default.
type Profile struct {
	// Version is the value of X-Version, the version of the API that the client
	// uses. The header is documented; the default "1.0.0" is the reference's sample.
	Version string
	// Envelope is the form of a success body: {"NAME":"{result}"}, where NAME is the
	// member that holds the result. Default "": the body is the result. It is applied
	// to every 2xx, Do's too. A documented code beside the result is an error.
	Envelope Template
	// Signature is how a request becomes the text that is signed, and how the
	// signature is written. It counts where the Client has a SignedClientKey.
	Signature Signature

	// ClientInfo is the route of Clients.Info. Default GET /client.
	ClientInfo Route
	// Login is the route of Users.Login and Users.StartLogin. Default POST
	// /user/login.
	Login Route
	// LoginStatus is the route of Users.LoginStatus, with "{reqToken}" where the
	// reqToken goes. Default GET /user/login?id={reqToken}.
	LoginStatus Route
	// SaveDevice is the route of Devices.Save. Default POST /device.
	SaveDevice Route
	// GetDevice is the route of Devices.Get, with "{id}" where the id goes. Default
	// GET /device?id={id}.
	GetDevice Route
}

// Route is a method and a path relative to the base URL, which may have a query.
// Zero fields mean the default. A name in braces stands where a value goes; the value
// is escaped as one segment of the path, or as one value of the query.
type Route struct{ Method, Path string }

// Template is JSON with "{name}" where a value goes.
type Template string

// The names in routes.
const (
	reqTokenPlaceholder = "{reqToken}"
	idPlaceholder       = "{id}"
)

// resultPlaceholder stands for the result in an envelope.
const resultPlaceholder = "{result}"

// DefaultProfile returns the profile of a Client that was given none. The methods and
// the form of LoginStatus's path are documented. All else is an assumption of this SDK;
// this is the one place where it stands.
func DefaultProfile() Profile {
	return Profile{
		Version:     "1.0.0",
		ClientInfo:  Route{http.MethodGet, "/client"},
		Login:       Route{http.MethodPost, "/user/login"},
		LoginStatus: Route{http.MethodGet, "/user/login?id=" + reqTokenPlaceholder},
		SaveDevice:  Route{http.MethodPost, "/device"},
		GetDevice:   Route{http.MethodGet, "/device?id=" + idPlaceholder},
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
	fill(&p.Version, d.Version)
	own, defaults := p.routes(), d.routes()
	for i := range own {
		fill(&own[i].route.Method, defaults[i].route.Method)
		fill(&own[i].route.Path, defaults[i].route.Path)
	}
	return p
}

// namedRoute is a field of a Profile, and the name that its path has to hold.
type namedRoute struct {
	field       string
	route       *Route
	placeholder string // "" for none
}

func (p *Profile) routes() []namedRoute {
	return []namedRoute{
		{"ClientInfo", &p.ClientInfo, ""},
		{"Login", &p.Login, ""},
		{"LoginStatus", &p.LoginStatus, reqTokenPlaceholder},
		{"SaveDevice", &p.SaveDevice, ""},
		{"GetDevice", &p.GetDevice, idPlaceholder},
	}
}

func (p Profile) check() error {
	if err := check.ASCIIValue(p.Version); err != nil {
		return fmt.Errorf("the profile's Version %w", err)
	}
	if _, err := p.Envelope.resultMember(); err != nil {
		return fmt.Errorf("the profile's Envelope %w", err)
	}
	if err := p.Signature.options().Check(); err != nil {
		return fmt.Errorf("the profile's Signature: %w", err)
	}
	for _, r := range p.routes() {
		if err := r.check(); err != nil {
			return fmt.Errorf("the profile's route %s: %w", r.field, err)
		}
	}
	return nil
}

// resultMember is the member of a success body that holds the result; "" where the
// body is the result.
func (t Template) resultMember() (string, error) {
	if t == "" {
		return "", nil
	}
	var members map[string]string
	if err := json.Unmarshal([]byte(t), &members); err != nil || len(members) != 1 {
		return "", errEnvelope
	}
	for name, value := range members {
		if value == resultPlaceholder && name != "" {
			return name, nil
		}
	}
	return "", errEnvelope
}

var errEnvelope = errors.New(`is not understood: pass one such as {"data":"{result}"}, or "" where the body is the result`)

// check also tries the path with a value in it.
func (r namedRoute) check() error {
	if err := check.Method(r.route.Method); err != nil {
		return err
	}
	if r.placeholder != "" && strings.Count(r.route.Path, r.placeholder) != 1 {
		return fmt.Errorf("the path must hold %q once, where the value goes", r.placeholder)
	}
	path, query, err := fillRoute(r.route.Path, r.placeholder, "value")
	if err != nil {
		return err
	}
	if err := check.Path(path); err != nil {
		return err
	}
	return check.Query(query)
}

// fillRoute puts a value in the place of a route's placeholder, and returns the escaped
// path and query. placeholder "": the route has none.
func fillRoute(route, placeholder, value string) (path, query string, err error) {
	path, query, _ = strings.Cut(route, "?")
	if placeholder == "" {
		return path, query, nil
	}
	checkValue := check.NotPrinted
	if strings.Contains(path, placeholder) {
		checkValue = check.PathValue
	}
	if err := checkValue(value); err != nil {
		return "", "", fmt.Errorf("the %s %w", strings.Trim(placeholder, "{}"), err)
	}
	path = strings.Replace(path, placeholder, url.PathEscape(value), 1)
	return path, strings.Replace(query, placeholder, url.QueryEscape(value), 1), nil
}

// routePath is a route's path without its query, for errors and logs.
func routePath(route string) string {
	path, _, _ := strings.Cut(route, "?")
	return path
}
