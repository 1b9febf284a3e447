package coreapi

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"

	"github.com/fypass/coreapi-go/internal/printable"
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
	var wire struct {
		ID     text `json:"id"`
		Name   text `json:"name"`
		Status text `json:"status"`
	}
	err := json.Unmarshal(data, &wire)
	*i = ClientInfo{ID: string(wire.ID), Name: string(wire.Name), Status: string(wire.Status)}
	return err
}

// clientInfoLacks: one of the three is enough.
func clientInfoLacks(i *ClientInfo) string {
	if i.ID == "" && i.Name == "" && i.Status == "" {
		return "the response has no id, name or status"
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

// LogValue is String's fields, for slog.
func (i ClientInfo) LogValue() slog.Value { return slog.AnyValue(i.printable()) }

// Info asks for the client that the key belongs to ("Get Info Client"). It is
// safe for concurrent use.
func (s *ClientsService) Info(ctx context.Context, opts ...CallOption) (*ClientInfo, error) {
	c := s.parent()
	route := c.profile().ClientInfo
	return send[ClientInfo](ctx, c, callSpec{
		op:    Operation{"Clients.Info", route.Method, routePath(route.Path)},
		route: route.Path,
		lacks: lacking(clientInfoLacks),
	}, opts)
}

// profile is safe on a Client that New did not make.
func (c *Client) profile() Profile {
	if shared := c.state(); shared != nil {
		return shared.profile
	}
	return DefaultProfile()
}
