package coreapitest_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/coreapitest"
)

func TestADeviceIsKeptAsItWasSaved(t *testing.T) {
	full := coreapi.DeviceInfo{
		DeviceID: "phone-1", Name: "Ana's <phone>", Model: "M1", Platform: "android",
		OSVersion: "16", AppVersion: "2.1", PushToken: "push-token-1",
		Extra: map[string]any{
			"serial": json.Number("12345678901234567890"),
			"ratio":  json.Number("1.10"),
			"nested": map[string]any{"list": []any{json.Number("9007199254740993"), "x", nil, true}},
		},
	}
	inBothWays(t, func(t *testing.T, s *coreapitest.Server) {
		c := once(s)
		saved, err := c.Devices.Save(t.Context(), full)
		require.NoError(t, err)
		require.NotEmpty(t, saved.ID)
		require.Equal(t, full, saved.Info, "numbers are exact")

		read, err := c.Devices.Get(t.Context(), saved.ID)
		require.NoError(t, err)
		require.Equal(t, saved, read)

		_, err = c.Devices.Save(t.Context(), coreapi.DeviceInfo{DeviceID: "phone-1"})
		require.ErrorIs(t, err, coreapi.ErrDuplicateKey)
		_, err = c.Devices.Save(t.Context(), coreapi.DeviceInfo{DeviceID: "phone-2"})
		require.NoError(t, err)
	})
}

func TestAddDeviceGivesWhatGetReads(t *testing.T) {
	profile := coreapi.Profile{DataField: "data"}
	for name, way := range ways {
		t.Run(name, func(t *testing.T) {
			s := way(t, coreapitest.WithProfile(profile))
			s.SetClientStatus(coreapitest.Active)
			s.Inject(coreapitest.Fault{Code: coreapi.CodeRequestTimeout, Skip: 1})
			added := s.AddDevice(coreapi.DeviceInfo{DeviceID: "phone-1", Extra: map[string]any{"n": 1 << 60}})
			require.Empty(t, s.Requests(), "a setup is no request")
			read, err := once(s).Devices.Get(t.Context(), added.ID)
			require.NoError(t, err, "a setup is counted by no fault")
			require.Equal(t, added, *read)
		})
	}
}

func TestAnIDThatNamesNoDeviceIsInvalid(t *testing.T) {
	s := coreapitest.New()
	s.AddDevice(deviceInfo)
	for _, id := range []string{"phone-1", "0123456789abcdef01234567", "a/b", "%2F", "<b>", "\n"} {
		_, err := once(s).Devices.Get(t.Context(), id)
		require.ErrorIs(t, err, coreapi.ErrInvalidObjectID, id)
	}
}

func TestADevicesIDIsTheFakesOwn(t *testing.T) {
	s := coreapitest.New()
	got := send(t, s, "POST", "/devices", `{"deviceId":"phone-1","id":"mine","ID":"mine too"}`)
	require.Equal(t, 200, got.status)
	require.NotContains(t, got.body, "mine")
}
