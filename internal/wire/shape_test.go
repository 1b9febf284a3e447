package wire_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go/internal/wire"
)

func TestAShapeHasAllThatATemplateHas(t *testing.T) {
	w := compile(t, wire.Source{
		Envelope: `{"ok":"200|20*","data":["{result}"]}`,
		Login:    wire.Route{Body: `{"kind":1,"user":{"who":"id {account}"},"pass":"{password}"}`, Result: `{"n":"{userId:number}","token":"{userToken}"}`},
	})
	require.Equal(t, &wire.Shape{Kind: wire.ShapeObject, Members: []wire.ShapeMember{
		{"ok", &wire.Shape{Kind: wire.ShapeConstant, Constant: `"200|20*"`}},
		{"data", &wire.Shape{Kind: wire.ShapeList, Element: &wire.Shape{Kind: wire.ShapeName, Name: wire.Result}}},
	}}, w.EnvelopeShape())
	require.Equal(t, &wire.Shape{Kind: wire.ShapeObject, Members: []wire.ShapeMember{
		{"kind", &wire.Shape{Kind: wire.ShapeConstant, Constant: "1"}},
		{"user", &wire.Shape{Kind: wire.ShapeObject, Members: []wire.ShapeMember{
			{"who", &wire.Shape{Kind: wire.ShapeName, Name: wire.Account, Before: "id "}},
		}}},
		{"pass", &wire.Shape{Kind: wire.ShapeName, Name: wire.Password}},
	}}, w.Route(wire.Login).BodyShape())
	require.Equal(t, &wire.Shape{Kind: wire.ShapeObject, Members: []wire.ShapeMember{
		{"n", &wire.Shape{Kind: wire.ShapeName, Name: wire.UserID, Number: true}},
		{"token", &wire.Shape{Kind: wire.ShapeName, Name: wire.UserToken}},
	}}, w.Route(wire.Login).ResultShape())

	require.Nil(t, w.Route(wire.Info).BodyShape(), "a GET has no body")
	require.Nil(t, compile(t, wire.Source{}).EnvelopeShape())
}

func TestAShapeTellsWhatStandsInIt(t *testing.T) {
	body := compile(t, login(`{"list":[{"a":"{account}"}],"p":"{password}","c":{"d":[1]}}`)).Route(wire.Login).BodyShape()
	require.True(t, body.Has(wire.Account))
	require.False(t, body.Has(wire.Email))
	require.False(t, body.Members[0].Value.HasConstant())
	require.True(t, body.Members[2].Value.HasConstant())
	require.True(t, body.HasConstant())
}

func TestTheAlternativesOfAConditionAreItsTexts(t *testing.T) {
	require.Equal(t, []wire.Alternative{{"200", false}, {"20", true}, {"", true}}, wire.Alternatives("200|20*|*"))
}

func TestWhatARequestNeedsIsOneOfEachList(t *testing.T) {
	w := compile(t, wire.Source{})
	require.Equal(t, [][]wire.Name{{wire.Email, wire.WhatsApp}, {wire.Password}}, w.Route(wire.Login).RequestNeeds())
	require.Equal(t, [][]wire.Name{{wire.ID}}, w.Route(wire.GetDevice).RequestNeeds())
	require.Empty(t, w.Route(wire.StartLogin).RequestNeeds())
	w = compile(t, login(`{"a":"{account}","p":"{password}"}`))
	require.Equal(t, [][]wire.Name{{wire.Account}, {wire.Password}}, w.Route(wire.Login).RequestNeeds())
}

// The lists are what Decode demands: a result without one of them is refused.
func TestWhatAResultNeedsIsWhatDecodeDemands(t *testing.T) {
	w := compile(t, wire.Source{})
	require.Equal(t, [][]wire.Name{{wire.ID, wire.DisplayName, wire.Status}}, w.Route(wire.Info).ResultNeeds())
	require.Equal(t, [][]wire.Name{{wire.State}}, w.Route(wire.LoginStatus).ResultNeeds())
	require.Equal(t, [][]wire.Name{{wire.ReqToken}, {wire.URL}}, w.Route(wire.StartLogin).ResultNeeds())
	require.Equal(t, [][]wire.Name{{wire.ID}}, w.Route(wire.GetDevice).ResultNeeds())
	require.Equal(t, []wire.Name{wire.UserToken}, w.Route(wire.Login).SucceededNeeds())
	require.Empty(t, w.Route(wire.Info).SucceededNeeds())
	require.True(t, w.Route(wire.Login).IsDecided())
	require.False(t, w.Route(wire.LoginStatus).IsDecided())

	w = compile(t, wire.Source{
		Login:       wire.Route{Result: `{"t":"{userToken}"}`},
		LoginStatus: wire.Route{Result: `{"s":"{state}","t":"{userToken}","u":"{userId}"}`},
	})
	require.Equal(t, [][]wire.Name{{wire.UserToken}}, w.Route(wire.Login).ResultNeeds())
	require.Equal(t, []wire.Name{wire.UserToken, wire.UserID}, w.Route(wire.LoginStatus).SucceededNeeds())
	for _, lacking := range []string{`{"s":"succeeded","u":"1"}`, `{"s":"succeeded","t":"1"}`} {
		_, _, err := w.Route(wire.LoginStatus).Decode([]byte(lacking))
		require.Error(t, err, lacking)
	}
}

func TestParametersAreOfPathAndQueryInTheirOrder(t *testing.T) {
	require.Equal(t, []wire.Parameter{
		{InPath: true, Key: "id", Named: true, Name: wire.ID},
		{Key: "a b", Before: "c d"},
	}, compile(t, getAt("/x/no-{id}?a%20b=c+d")).Route(wire.GetDevice).Parameters())
	require.Equal(t, []wire.Parameter{
		{Key: "id", Named: true, Name: wire.ID, Before: "n ", After: "."},
	}, compile(t, getAt("/x?id=n+{id}.")).Route(wire.GetDevice).Parameters())
	require.Empty(t, compile(t, wire.Source{}).Route(wire.Info).Parameters())
}
