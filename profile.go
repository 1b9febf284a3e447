package coreapi

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/fypass/coreapi-go/internal/check"
)

// Profile says how the API's wire differs from the SDK's defaults: routes, names of members,
// the envelope, the words for a login's state, the version that is sent, the signature's
// form. Zero fields mean the default. Its JSON, which [ParseProfile] and [LoadProfile] read,
// has the same names in lower camel case.
//
// A template is the API's own JSON sample with "{name}" where a value goes. The names are
// those of the SDK's types: email, whatsapp, account (whichever was given), password,
// reqToken in a login; reqToken in a status; deviceId, name, model, platform, osVersion,
// appVersion, pushToken in a device; id in Devices.Get; in results also state, userToken,
// userId, failureCode, failureMessage, url, status. "{name:number}" writes a number.
type Profile struct {
	Schema  string `json:"$schema,omitempty"`  // of the file; kept
	Comment string `json:"$comment,omitempty"` // of the file; kept

	// Version is the value of X-Version, the version of the API that the client
	// uses. The header is documented; the default "1.0.0" is the reference's sample.
	Version string `json:"version,omitempty"`
	// Envelope is the form of a success body, such as {"status":true,"data":"{result}"}.
	// Its constants are conditions: a response that does not meet one is an error,
	// whatever its status. "200|201" is either, "2*" begins so, "*" is anything.
	// Default: the body is the result. It is applied to every 2xx, Do's too. A
	// documented code beside the result is an error.
	Envelope Template `json:"envelope,omitempty"`
	// States are the API's words for a login's state. Default: pending, succeeded, failed.
	States map[string]LoginState `json:"states,omitempty"`
	// Signature is how a request becomes the text that is signed, and how the
	// signature is written. It counts where the Client has a SignedClientKey.
	Signature Signature `json:"signature,omitzero"`

	// ClientInfo is the route of Clients.Info. Default GET /client.
	ClientInfo Route `json:"clientInfo,omitzero"`
	// Login is the route of Users.Login. Default POST /user/login.
	Login Route `json:"login,omitzero"`
	// StartLogin is the route of Users.StartLogin. A method and a path that it leaves
	// open are Login's; its body's default is {}.
	StartLogin Route `json:"startLogin,omitzero"`
	// LoginStatus is the route of Users.LoginStatus, with "{reqToken}" where the
	// reqToken goes. Default GET /user/login?id={reqToken}.
	LoginStatus Route `json:"loginStatus,omitzero"`
	// SaveDevice is the route of Devices.Save. Default POST /device.
	SaveDevice Route `json:"saveDevice,omitzero"`
	// GetDevice is the route of Devices.Get, with "{id}" where the id goes. Default
	// GET /device?id={id}.
	GetDevice Route `json:"getDevice,omitzero"`
}

// Route is how an operation is called: method and path relative to the base URL, which may
// have a query, and the forms of body and result. Zero fields mean the default. A name in
// braces in the path stands where a value goes, escaped as one segment or one value of the
// query.
type Route struct {
	Method string   `json:"method,omitempty"`
	Path   string   `json:"path,omitempty"`
	Body   Template `json:"body,omitempty"`   // of the request
	Result Template `json:"result,omitempty"` // of a success, what stands at the envelope's {result}
}

// Template is JSON with "{name}" where a value goes. In Go it is the text; in a profile's
// file it is plain JSON.
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
		ClientInfo:  Route{Method: http.MethodGet, Path: "/client"},
		Login:       Route{Method: http.MethodPost, Path: "/user/login"},
		LoginStatus: Route{Method: http.MethodGet, Path: "/user/login?id=" + reqTokenPlaceholder},
		SaveDevice:  Route{Method: http.MethodPost, Path: "/device"},
		GetDevice:   Route{Method: http.MethodGet, Path: "/device?id=" + idPlaceholder},
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

// hasTemplates is false for a profile that the SDK's own code speaks: methods, paths with
// nothing but the usual name, and an envelope of one member.
func (p Profile) hasTemplates() bool {
	if p.States != nil || p.StartLogin != (Route{}) {
		return true
	}
	if _, simple := p.Envelope.resultMember(); !simple {
		return true
	}
	for _, r := range p.routes() {
		if r.route.Body != "" || r.route.Result != "" || !r.isSimple() {
			return true
		}
	}
	return false
}

// isSimple: the method is the kind that the default has, and the path holds the usual name
// once, or none.
func (r namedRoute) isSimple() bool {
	names := strings.Count(r.route.Path, "{")
	if r.placeholder == "" {
		return names == 0
	}
	return names == 1 && strings.Contains(r.route.Path, r.placeholder)
}

// resultMember is the member of a success body that holds the result, "" where the body is
// the result. simple is false for an envelope of any other form.
func (t Template) resultMember() (member string, simple bool) {
	if t == "" {
		return "", true
	}
	var members map[string]string
	if json.Unmarshal([]byte(t), &members) != nil || len(members) != 1 {
		return "", false
	}
	for name, value := range members {
		if value == resultPlaceholder && name != "" {
			return name, true
		}
	}
	return "", false
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
