package coreapitest_test

import (
	"encoding/json"
	"fmt"
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
			"serial": json.Number("9007199254740991"),
			"ratio":  json.Number("1.1"),
			"nested": map[string]any{"list": []any{json.Number("0.1"), "x", nil, true}},
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

func TestNumbersThatNoSignatureCoversAreKeptWhereNothingIsSigned(t *testing.T) {
	s := coreapitest.New(coreapitest.WithUnsigned())
	large := coreapi.DeviceInfo{DeviceID: "phone-1", Extra: map[string]any{
		"serial": json.Number("12345678901234567890"),
		"nested": []any{json.Number("9007199254740993")},
	}}
	saved, err := unsigned(t, s).Devices.Save(t.Context(), large)
	require.NoError(t, err)
	require.Equal(t, large, saved.Info)
	_, err = once(s).Devices.Save(t.Context(), coreapi.DeviceInfo{DeviceID: "phone-2", Extra: large.Extra})
	require.ErrorIs(t, err, coreapi.ErrInvalidArgument)

	added := s.AddDevice(coreapi.DeviceInfo{DeviceID: "phone-3", Extra: large.Extra})
	require.Equal(t, large.Extra, added.Info.Extra, "they come in by AddDevice, too")
}

func TestDevicesListsThoseThatAreStoredInTheirOrder(t *testing.T) {
	inBothWays(t, func(t *testing.T, s *coreapitest.Server) {
		require.Empty(t, s.Devices())
		var want []coreapi.Device
		for i := range 20 {
			want = append(want, s.AddDevice(coreapi.DeviceInfo{
				DeviceID: fmt.Sprint("added-", i), Extra: map[string]any{"tags": []any{"a"}},
			}))
		}
		saved, err := once(s).Devices.Save(t.Context(), deviceInfo)
		require.NoError(t, err)
		want = append(want, *saved)
		_, err = once(s).Devices.Save(t.Context(), deviceInfo)
		require.ErrorIs(t, err, coreapi.ErrDuplicateKey)

		require.Equal(t, want, s.Devices())
		s.Devices()[0].Info.Extra["tags"] = "changed"
		require.Equal(t, want, s.Devices(), "the result is a copy")
		s.Reset()
		require.Empty(t, s.Devices())
	})
}

func TestAddDeviceGivesWhatGetReads(t *testing.T) {
	profile := coreapi.Profile{Envelope: `{"data":"{result}"}`}
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
	got := send(t, s, "POST", "/device", `{"deviceId":"phone-1","id":"mine","ID":"mine too"}`)
	require.Equal(t, 200, got.status)
	require.NotContains(t, got.body, "mine")
}

func TestADeviceMayBeAddedWithItsID(t *testing.T) {
	inBothWays(t, func(t *testing.T, s *coreapitest.Server) {
		added := s.AddDeviceWithID("id-1", deviceInfo)
		require.Equal(t, "id-1", added.ID)
		got, err := once(s).Devices.Get(t.Context(), "id-1")
		require.NoError(t, err)
		require.Equal(t, added, *got)
		require.Equal(t, []coreapi.Device{added}, s.Devices())
		s.Reset()
		s.AddDeviceWithID("id-1", deviceInfo)
	})
}

func TestADevicesIDThatMakesNoSenseIsAMistake(t *testing.T) {
	for name, id := range map[string]string{"none": "", "another's": "id-1", "not UTF-8": "\xff"} {
		t.Run(name, func(t *testing.T) {
			fatal, panicked := mistake(t, func(server func(...coreapitest.Option) *coreapitest.Server) {
				s := server()
				s.AddDeviceWithID("id-1", deviceInfo)
				s.AddDeviceWithID(id, coreapi.DeviceInfo{DeviceID: "phone-2"})
			})
			require.Contains(t, fatal, "coreapitest: AddDeviceWithID: ")
			require.Equal(t, fatal, panicked)
		})
	}
}
