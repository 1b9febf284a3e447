package coreapi_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
)

func TestTheTextOfEachVectorIsTheOneThatWasSigned(t *testing.T) {
	for _, v := range vectors(t) {
		in := coreapi.SignatureInput{
			Endpoint: v.Endpoint, Method: v.Method, ClientKey: coreapi.Secret(v.ClientKey), UserToken: coreapi.Secret(v.UserToken),
			RequestID: v.RequestID, Version: v.Version,
		}
		if v.Body != nil {
			in.Body = []byte(*v.Body)
		}
		text, err := coreapi.SignatureText(coreapi.Signature{}, in)
		require.NoError(t, err, v.Name)
		require.Equal(t, v.SignedText, string(text), v.Name)
	}
}

func TestASignatureTextOfTheCallersIsWhatIsSigned(t *testing.T) {
	var got coreapi.SignatureInput
	var signed []byte
	text := coreapi.WithSignatureText(func(in coreapi.SignatureInput) ([]byte, error) {
		got = in
		in.Body[0] = '!' // which changes nothing that is sent
		signed = []byte(in.Method + "|" + in.Endpoint + "|" + in.RequestID)
		return signed, nil
	})
	s := scripted(answer{body: "{}"})
	full := coreapi.WithProfile(coreapi.Profile{Version: "3", Signature: coreapi.Signature{Endpoint: coreapi.EndpointFull, Padding: coreapi.PSS, Encoding: coreapi.Hex}})
	require.NoError(t, post(signedClient(t, s, text, full), coreapi.WithRequestID("r1"), coreapi.WithUserToken("tok-1")))
	require.Equal(t, "POST|/v1/things|r1", string(signed))
	require.Equal(t, coreapi.Secret(testKey), got.ClientKey)
	require.Equal(t, coreapi.Secret("tok-1"), got.UserToken)
	require.Equal(t, "3", got.Version)
	require.Equal(t, `{"a":"whole"}`, s.sent[0].body)
	require.Len(t, s.sent[0].header.Get("X-Signature"), 512)

	own := errors.New("no text today")
	for name, f := range map[string]func(coreapi.SignatureInput) ([]byte, error){
		"fails":   func(coreapi.SignatureInput) ([]byte, error) { return nil, own },
		"nothing": func(coreapi.SignatureInput) ([]byte, error) { return nil, nil },
		"panics":  func(coreapi.SignatureInput) ([]byte, error) { panic(own) },
	} {
		s := scripted(answer{body: "{}"})
		err := get(signedClient(t, s, coreapi.WithSignatureText(f)))
		require.Equal(t, coreapi.DeliveryNotSent, asError(t, err).Delivery, name)
		require.Zero(t, s.count())
		if name != "nothing" {
			require.ErrorIs(t, err, own)
		}
	}
	_, err := coreapi.New(testBase, coreapi.ClientKey(testKey), text)
	requireMatchesExactly(t, err, coreapi.ErrInvalidArgument)
}

func TestSignatureTextRefusesWhatIsMissing(t *testing.T) {
	whole := coreapi.SignatureInput{Endpoint: "/client", Method: "GET", ClientKey: "CK00001", RequestID: "r", Version: "1.0.0"}
	_, err := coreapi.SignatureText(coreapi.Signature{}, whole)
	require.NoError(t, err)
	for name, change := range map[string]func(*coreapi.SignatureInput){
		"Endpoint":  func(in *coreapi.SignatureInput) { in.Endpoint = "" },
		"Method":    func(in *coreapi.SignatureInput) { in.Method = "" },
		"ClientKey": func(in *coreapi.SignatureInput) { in.ClientKey = "" },
		"RequestID": func(in *coreapi.SignatureInput) { in.RequestID = "" },
		"Version":   func(in *coreapi.SignatureInput) { in.Version = "" },
		"Body":      func(in *coreapi.SignatureInput) { in.Body = []byte("{") },
	} {
		in := whole
		change(&in)
		_, err := coreapi.SignatureText(coreapi.Signature{}, in)
		requireMatchesExactly(t, err, coreapi.ErrInvalidArgument)
		require.ErrorContains(t, err, name)
	}
	_, err = coreapi.SignatureText(coreapi.Signature{Style: "perl"}, whole)
	requireMatchesExactly(t, err, coreapi.ErrInvalidArgument)
}
