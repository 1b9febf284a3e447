package coreapi

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/fypass/coreapi-go/internal/jsonmembers"
	"github.com/fypass/coreapi-go/internal/printable"
	"github.com/fypass/coreapi-go/internal/wire"
)

// ClientsService has the operations on the client itself: the partner's
// registered application. It is safe for concurrent use.
type ClientsService struct{ client *Client }

// parent is safe on a service that New did not make.
func (s *ClientsService) parent() *Client {
	if s == nil {
		return nil
	}
	return s.client
}

// ClientInfo is what the API says of the client. The names of its fields are
// assumptions; Raw is the whole object as it came.
type ClientInfo struct {
	ID     string  `json:"id"`
	Name   string  `json:"name"`
	Status string  `json:"status"`
	Raw    RawJSON `json:"-"`
}

func (i *ClientInfo) keepRaw(raw RawJSON) { i.Raw = raw }

func (i *ClientInfo) decodeWire(data []byte) error {
	return readTexts(data, []textField{{"id", &i.ID}, {"name", &i.Name}, {"status", &i.Status}}, nil)
}

func (i *ClientInfo) setValues(v *wire.Values, _ []wire.Member) error {
	i.ID, i.Name, i.Status = v[wire.ID], v[wire.DisplayName], v[wire.Status]
	return nil
}

// clientInfoLacks: one of the three is enough. A status alone may be an envelope's, so it
// has to be a word, and have no envelope's word beside it.
func clientInfoLacks(i *ClientInfo) string {
	switch {
	case i.ID != "" || i.Name != "":
		return ""
	case i.Status == "":
		return "the response has no id, name or status"
	case kindOf(jsonmembers.Find(trimJSON(i.Raw), "status")) != "string", hasErrorWord(i.Raw):
		return "the response has a status, but neither an id nor a name"
	}
	return ""
}

func (i ClientInfo) printable() map[string]any {
	return printable.NonEmpty(map[string]string{"id": i.ID, "name": i.Name, "status": i.Status})
}

// String returns the client without Raw.
func (i ClientInfo) String() string { return printable.Fields("ClientInfo", i.printable()) }

// Format prints String() under any verb.
func (i ClientInfo) Format(f fmt.State, verb rune) { printable.Format(f, verb, i.String()) }

// LogValue is String's fields, for slog; nil for a nil pointer.
func (i *ClientInfo) LogValue() slog.Value {
	if i == nil {
		return slog.Value{}
	}
	return slog.AnyValue(i.printable())
}

// Info asks for the client that the key belongs to ("Get Info Client"). It is
// safe for concurrent use.
func (s *ClientsService) Info(ctx context.Context, opts ...CallOption) (*ClientInfo, error) {
	c := s.parent()
	route := c.profile().ClientInfo
	spec := callSpec{
		op:     Operation{"Clients.Info", route.Method, routePath(route.Path)},
		route:  route.Path,
		lacks:  lacking(clientInfoLacks),
		wireOp: wire.Info,
	}
	if route.Result != "" { // it says where the three are
		spec.lacks = lacking(func(*ClientInfo) string { return "" })
	}
	return send[ClientInfo](ctx, c, c.onWire(spec, new(wire.Values)), opts)
}

// wire is nil for a Client whose profile has no templates, and for one that New did not
// make.
func (c *Client) wire() wireFormat {
	if shared := c.state(); shared != nil {
		return shared.wire
	}
	return nil
}

// onWire is the request in the form of the profile's templates, if it has any.
func (c *Client) onWire(spec callSpec, values *wire.Values) callSpec {
	if w := c.wire(); w != nil && spec.refused == nil {
		return w.request(spec, values, nil)
	}
	return spec
}

// profile is safe on a Client that New did not make.
func (c *Client) profile() Profile {
	if shared := c.state(); shared != nil {
		return shared.profile
	}
	return DefaultProfile()
}
