package wire_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go/internal/wire"
)

func getAt(path string) wire.Source { return wire.Source{GetDevice: wire.Route{Path: path}} }

func TestAValueIsEscapedAsOneSegmentOrOneValue(t *testing.T) {
	for path, want := range map[string]string{
		"/d/{id}/x":            "/d/a%20%3F&b=%25/x?",
		"/d/no-{id}.json":      "/d/no-a%20%3F&b=%25.json?",
		"/d?id={id}":           "/d?id=a+%3F%26b%3D%25",
		"/d?a=1&id=x{id}y&b&c": "/d?a=1&id=xa+%3F%26b%3D%25y&b&c",
		"/%64/{id}?a=%20":      "/%64/a%20%3F&b=%25?a=%20",
	} {
		route := compile(t, getAt(path)).Route(wire.GetDevice)
		path, query, err := route.URL(&wire.Values{wire.ID: "a ?&b=%"})
		require.NoError(t, err)
		require.Equal(t, want, path+"?"+query)

		values, ok := route.Match(path, query)
		require.True(t, ok, want)
		require.Equal(t, wire.Values{wire.ID: "a ?&b=%"}, values)
	}
}

func TestAValueThatMayLeadToAnotherPathIsRefusedInAPathAlone(t *testing.T) {
	const slash = "the value of {id}, which goes into the path, has a slash, a backslash or a dot segment in it, which would lead to another path: pass one without"
	const nothing = "the value of {id}, which goes into the path, names nothing: pass one that the API gave"
	inPath, inQuery := compile(t, getAt("/d/{id}?a=b")).Route(wire.GetDevice), compile(t, getAt("/d?id={id}")).Route(wire.GetDevice)
	for value, want := range map[string]string{"a/b": slash, `a\b`: slash, "..;x": slash, "": nothing, ".": nothing, "..": nothing} {
		values := wire.Values{wire.ID: value}
		path, query, err := inPath.URL(&values)
		require.EqualError(t, err, want, value)
		require.Empty(t, path+query)
		_, _, err = inQuery.URL(&values)
		require.NoError(t, err, value)
	}
}

func TestAParameterWithoutAValueIsLeftOut(t *testing.T) {
	source := wire.Source{Login: wire.Route{Path: "/login?a=1&req=x{reqToken}&b=2"}}
	path, query, err := compile(t, source).Route(wire.Login).URL(&wire.Values{})
	require.NoError(t, err)
	require.Equal(t, "/login?a=1&b=2", path+"?"+query)
}

func TestARequestIsOnARouteInAnyEscapingWhereTheConstantsAreThere(t *testing.T) {
	route := compile(t, getAt("/core/d-{id}/x?kind=a%20b&flag")).Route(wire.GetDevice)
	for _, request := range [][2]string{
		{"/core/d-7/x", "kind=a+b&flag="},
		{"/%63ore/%64-%37/x", "other=1&flag&kind=b&kind=a%20b"},
	} {
		values, ok := route.Match(request[0], request[1])
		require.True(t, ok, request)
		require.Equal(t, wire.Values{wire.ID: "7"}, values)
	}
	for _, request := range [][2]string{
		{"/core/d-7/x", "kind=a+b"}, {"/core/d-7/x", "flag&kind=A"}, {"/core/d-/x", "kind=a+b&flag"}, {"/core/7/x", "kind=a+b&flag"},
		{"/core/d-7/y", "kind=a+b&flag"}, {"/core/d-7/x/", "kind=a+b&flag"}, {"/core/d-7%/x", "kind=a+b&flag"}, {"/core/d-7/x", "kind=a+b&flag&%"},
		{"", ""}, {"/", ""},
	} {
		values, ok := route.Match(request[0], request[1])
		require.False(t, ok, request)
		require.Zero(t, values)
	}
}

func TestAParameterWithANameNeedNotBeThere(t *testing.T) {
	route := compile(t, getAt("/d?id=x{id}")).Route(wire.GetDevice)
	values, ok := route.Match("/d", "")
	require.True(t, ok)
	require.Zero(t, values)
	values, ok = route.Match("/d", "id=y7")
	require.True(t, ok, "nor the text around it")
	require.Zero(t, values)
}

func TestPlainPathsAndMoreConstantsAreMatchedFirst(t *testing.T) {
	w := compile(t, wire.Source{
		ClientInfo:  wire.Route{Path: "/x/me"},
		GetDevice:   wire.Route{Path: "/x/{id}"},
		LoginStatus: wire.Route{Path: "/x/{reqToken}?kind=login"},
	})
	var order []string
	for _, r := range w.Routes() {
		order = append(order, r.Operation.String())
	}
	require.Equal(t, []string{"ClientInfo", "Login", "StartLogin", "SaveDevice", "LoginStatus", "GetDevice"}, order)
	w = compile(t, wire.Source{
		LoginStatus: wire.Route{Path: "/x?id={reqToken}"},
		GetDevice:   wire.Route{Path: "/x?kind=device&id={id}"},
		ClientInfo:  wire.Route{Path: "/x?kind=client&of=me"},
	})
	var first []wire.Operation
	for _, r := range w.Routes()[:3] {
		first = append(first, r.Operation)
	}
	require.Equal(t, []wire.Operation{wire.Info, wire.GetDevice, wire.Login}, first)
	w = compile(t, wire.Source{GetDevice: wire.Route{Path: "/x/{id}"}})
	require.True(t, w.Route(wire.GetDevice).PathHasNames())
	require.False(t, w.Route(wire.Login).PathHasNames())
}
