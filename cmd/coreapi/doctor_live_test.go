package main

import (
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/coreapitest"
)

func TestTheBaseURLIsShownWithItsPath(t *testing.T) {
	s := startAcme(t)
	t.Setenv("COREAPI_BASE_URL", s.URL+"/partner/v3")
	got := runWith(t, "", "doctor", "-profile", textFile(t, acmeProfile), "-live")
	assert.Equal(t, "base URL set holds "+s.URL+"/partner/v3", doctorLine(t, got.out, "base URL"))
}

func TestTheRightProfileHoldsLive(t *testing.T) {
	s := startAcme(t)
	t.Setenv("COREAPI_REQ_TOKEN", "req-canary-1")
	t.Setenv("COREAPI_DEVICE_ID", "dev-canary-22")
	t.Setenv("COREAPI_USER_TOKEN", "user-canary-9")
	got := runWith(t, "", "doctor", "-profile", textFile(t, acmeProfile), "-live")
	assert.Equal(t, exitOK, got.code, got.out)
	assert.Equal(t, "base URL set holds "+s.URL, doctorLine(t, got.out, "base URL"))
	assert.Equal(t, "DNS - skipped the host is an address, not a name", doctorLine(t, got.out, "DNS"))
	assert.Equal(t, "TCP - holds a connection was made", doctorLine(t, got.out, "TCP"))
	assert.Equal(t, "TLS - skipped the base URL is http to this machine: nothing is encrypted", doctorLine(t, got.out, "TLS"))
	assert.Equal(t, "clock - holds within 5 minutes of the server's", doctorLine(t, got.out, "clock"))
	assert.Equal(t, "Clients.Info - holds it has id, name; not status", doctorLine(t, got.out, "Clients.Info"))
	assert.Contains(t, doctorLine(t, got.out, "Users.LoginStatus"), "holds the state is succeeded; it has userToken")
	assert.Contains(t, doctorLine(t, got.out, "Devices.Get"), "holds it has id, deviceId")
	assert.Equal(t, "10 checks: 10 hold, 0 FAIL; 2 skipped. The wire: 6 documented, 17 set, 7 assumed by default.", lastLineOf(got.out))
	assert.EqualValues(t, 3, s.gets.Load())
	assert.Equal(t, "user-canary-9", s.seen.Get("X-Token"))
}

func TestTheWrongProfileFailsLive(t *testing.T) {
	s := startAcme(t)
	got := runWith(t, "", "doctor", "-live") // the defaults
	assert.Equal(t, exitFailed, got.code)
	line := doctorLine(t, got.out, "Clients.Info")
	assert.Contains(t, line, "FAILS an error response without a code (status 404), request id ")
	assert.Contains(t, line, "Check the base URL and the profile's routes")
	assert.EqualValues(t, 1, s.gets.Load(), "it is not tried again")
	assert.Contains(t, doctorLine(t, got.out, "Users.LoginStatus"), "skipped COREAPI_REQ_TOKEN is not set")
	assert.Contains(t, doctorLine(t, got.out, "Devices.Get"), "skipped COREAPI_DEVICE_ID is not set")

	got = runWith(t, "", "doctor", "-live", "-profile", textFile(t, strings.Replace(acmeProfile, "partner_id", "id", 1)))
	assert.Equal(t, exitFailed, got.code)
	line = doctorLine(t, got.out, "Clients.Info")
	assert.Contains(t, line, "FAILS unexpected response: the response has no {id} at data.id: data has the members partner_id, partner_name (status 200), request id ")
	assert.True(t, strings.HasSuffix(line, ": fit the profile's envelope, or the route's result [acts: you]"), line)
}

func TestOnlyWhatIsReadByGETIsCalled(t *testing.T) {
	s := startAcme(t)
	t.Setenv("COREAPI_REQ_TOKEN", "req-canary-1")
	profile := strings.Replace(acmeProfile, `{"path": "/v1/login/{reqToken}"`, `{"method": "POST", "path": "/v1/login/status", "body": {"ticket": "{reqToken}"}`, 1)
	profile = strings.Replace(profile, `{"path": "/v1/partner"`, `{"method": "POST", "path": "/v1/partner"`, 1)
	got := runWith(t, "", "doctor", "-live", "-profile", textFile(t, profile))
	assert.Equal(t, exitOK, got.code, got.out)
	assert.Equal(t, "Clients.Info - skipped its method is POST in this profile, and nothing but GET is sent", doctorLine(t, got.out, "Clients.Info"))
	assert.Contains(t, doctorLine(t, got.out, "Users.LoginStatus"), "skipped its method is POST")
	assert.Equal(t, "clock - skipped there was no response to compare it with", doctorLine(t, got.out, "clock"))
	assert.Zero(t, s.gets.Load())
}

func TestAClockTenMinutesOffFails(t *testing.T) {
	for off, want := range map[time.Duration]string{
		10 * time.Minute:  "clock - FAILS this machine's clock is 10 minutes behind the server's: set it, or tell the admin [acts: you, then the admin]",
		-10 * time.Minute: "clock - FAILS this machine's clock is 10 minutes ahead of the server's: set it, or tell the admin [acts: you, then the admin]",
		time.Minute:       "clock - holds within 5 minutes of the server's",
	} {
		s := startAcme(t)
		s.header.Set("Date", time.Now().Add(off).UTC().Format(http.TimeFormat))
		got := runWith(t, "", "doctor", "-live", "-profile", textFile(t, acmeProfile))
		assert.Equal(t, want, doctorLine(t, got.out, "clock"))
		assert.Equal(t, strings.Contains(want, "FAILS"), got.code == exitFailed, off)
		assert.Equal(t, "Clients.Info - holds it has id, name; not status", doctorLine(t, got.out, "Clients.Info"))
	}
}

func TestAResponseWithoutADateLeavesTheClockOpen(t *testing.T) {
	s := startAcme(t)
	s.header["Date"] = nil
	got := runWith(t, "", "doctor", "-live", "-profile", textFile(t, acmeProfile))
	assert.Equal(t, exitOK, got.code)
	assert.Equal(t, "clock - skipped the response has no Date to compare it with", doctorLine(t, got.out, "clock"))
}

func TestADeadHostFailsAndWhatHangsOnItIsSkipped(t *testing.T) {
	doctorEnvironment(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Setenv("COREAPI_BASE_URL", "http://"+listener.Addr().String())
	require.NoError(t, listener.Close())
	_, refused := net.Dial("tcp", listener.Addr().String())
	got := runWith(t, "", "doctor", "-live", "-profile", textFile(t, acmeProfile))
	assert.Equal(t, exitFailed, got.code)
	assert.Contains(t, doctorLine(t, got.out, "TCP"), "FAILS no connection: "+systemsWords(t, refused)+": check the base URL's port")
	for _, subject := range []string{"TLS", "clock", "Clients.Info", "Users.LoginStatus", "Devices.Get"} {
		assert.Equal(t, subject+" - skipped hangs on TCP", doctorLine(t, got.out, subject))
	}
	assert.Equal(t, "6 checks: 5 hold, 1 FAIL; 6 skipped. The wire: 6 documented, 17 set, 7 assumed by default.", lastLineOf(got.out))
}

func TestAHostThatNobodyKnowsFails(t *testing.T) {
	doctorEnvironment(t)
	t.Setenv("COREAPI_BASE_URL", "https://api.invalid")
	got := runWith(t, "", "doctor", "-live")
	assert.Equal(t, exitFailed, got.code)
	assert.Contains(t, doctorLine(t, got.out, "DNS"), "FAILS the")
	assert.Equal(t, "TCP - skipped hangs on DNS", doctorLine(t, got.out, "TCP"))
}

func TestAWrongCertificateFails(t *testing.T) {
	doctorEnvironment(t)
	s := acmeHandler()
	s.Server = httptest.NewTLSServer(s)
	t.Cleanup(s.Close)
	t.Setenv("COREAPI_BASE_URL", s.URL)
	got := runWith(t, "", "doctor", "-live", "-profile", textFile(t, acmeProfile))
	assert.Equal(t, exitFailed, got.code)
	assert.Contains(t, doctorLine(t, got.out, "TLS"), "FAILS the certificate is of an authority that this machine does not trust")
	assert.Equal(t, "Clients.Info - skipped hangs on TLS", doctorLine(t, got.out, "Clients.Info"))
	assert.Zero(t, s.gets.Load()+s.others.Load())
}

func TestAnAcceptedCertificateHolds(t *testing.T) {
	doctorEnvironment(t)
	s := acmeHandler()
	s.Server = httptest.NewTLSServer(s)
	t.Cleanup(s.Close)
	t.Setenv("COREAPI_BASE_URL", s.URL)
	d := newDoctor(doctorRequest{profileFile: textFile(t, acmeProfile), live: true})
	d.host.roots = s.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	d.checkOffline(t.Context())
	d.checkLive(t.Context())
	assert.Equal(t, holds, d.report.outcomeOf("TLS"), d.report)
	assert.Equal(t, holds, d.report.outcomeOf("Clients.Info"), d.report)
	assert.NoError(t, d.verdict())
}

func TestAPlainHTTPHostFails(t *testing.T) {
	s := startAcme(t)
	t.Setenv("COREAPI_BASE_URL", "http://api.example.com")
	got := runWith(t, "", "doctor", "-live")
	assert.Equal(t, exitFailed, got.code)
	assert.Contains(t, doctorLine(t, got.out, "base URL"), "FAILS the base URL is http to a host that is not loopback: use https")
	assert.Equal(t, "DNS - skipped hangs on the base URL", doctorLine(t, got.out, "DNS"))

	t.Setenv("COREAPI_BASE_URL", strings.Replace(s.URL, "http:", "https:", 1))
	got = runWith(t, "", "doctor", "-live")
	assert.Equal(t, exitFailed, got.code)
	assert.Equal(t, "TLS - FAILS what answers does not speak TLS: check the base URL's scheme and port [acts: you]", doctorLine(t, got.out, "TLS"))
	assert.Zero(t, s.gets.Load())
}

func TestARedirectIsNotFollowed(t *testing.T) {
	s := startAcme(t)
	s.status = http.StatusFound
	s.header.Set("Location", s.URL+"/v1/login/req-canary-1")
	got := runWith(t, "", "doctor", "-live", "-profile", textFile(t, acmeProfile))
	assert.Equal(t, exitFailed, got.code)
	assert.Contains(t, doctorLine(t, got.out, "Clients.Info"), "FAILS redirect (status 302)")
	assert.EqualValues(t, 1, s.gets.Load())
}

func TestLiveNeedsBaseURLAndKeys(t *testing.T) {
	doctorEnvironment(t)
	t.Setenv("COREAPI_CLIENT_KEY", "")
	t.Setenv("COREAPI_PRIVATE_KEY", "")
	got := runWith(t, "", "doctor", "-live")
	assert.Equal(t, exitFailed, got.code)
	for _, subject := range []string{"client key", "private key", "base URL"} {
		assert.Contains(t, doctorLine(t, got.out, subject), "FAILS", subject)
	}
}

func TestAnUnsignedClientIsRefusedByTheSandboxAndTheDoctorSaysWhoActs(t *testing.T) {
	doctorEnvironment(t)
	t.Setenv("COREAPI_BASE_URL", strictSandbox(t, newKey(t).Public()).URL) // another key than the environment's
	t.Setenv("COREAPI_CLIENT_KEY", "sandbox-client-key")
	got := runWith(t, "", "doctor", "-live")
	assert.Equal(t, exitFailed, got.code)
	assert.Contains(t, doctorLine(t, got.out, "Clients.Info"), "(status 401)")
	assert.Contains(t, doctorLine(t, got.out, "Clients.Info"), "[acts: you, then the admin]")

	t.Setenv("COREAPI_BASE_URL", strictSandbox(t, nil).URL)
	got = runWith(t, "", "doctor", "-live")
	assert.Equal(t, exitOK, got.code, got.out)

	t.Setenv("COREAPI_CLIENT_KEY", "another-key")
	got = runWith(t, "", "doctor", "-live")
	assert.Contains(t, doctorLine(t, got.out, "Clients.Info"), "FAILS the code UNITSYSTEM00001")
	assert.Contains(t, doctorLine(t, got.out, "Clients.Info"), "[acts: the admin]")
}

func TestEachExampleProfileHoldsAgainstTheFakeThatSpeaksIt(t *testing.T) {
	for _, file := range exampleProfiles(t) {
		doctorEnvironment(t)
		profile, err := coreapi.LoadProfile(file)
		require.NoError(t, err)
		fake := coreapitest.NewServer(t, coreapitest.WithProfile(profile))
		t.Setenv("COREAPI_BASE_URL", fake.URL)
		t.Setenv("COREAPI_CLIENT_KEY", fake.ClientKey)
		device := fake.AddDevice(coreapi.DeviceInfo{DeviceID: "phone-canary", Name: "name-canary"})
		session, err := fake.Client().Users.StartLogin(t.Context())
		require.NoError(t, err)
		before := len(fake.Requests())
		t.Setenv("COREAPI_REQ_TOKEN", string(session.ReqToken))
		t.Setenv("COREAPI_DEVICE_ID", device.ID)

		right := runWith(t, "", "doctor", "-live", "-profile", file)
		assert.Equal(t, exitOK, right.code, "%s: %s", file, right.out)
		assert.Contains(t, doctorLine(t, right.out, "Clients.Info"), "holds it has", file)
		if device := doctorLine(t, right.out, "Devices.Get"); profile.GetDevice.Method == http.MethodPost {
			assert.Contains(t, device, "skipped its method is POST", file)
		} else {
			assert.Contains(t, device, "holds it has id, deviceId, name", file)
		}
		for _, other := range exampleProfiles(t) {
			if other == file {
				continue
			}
			wrong := runWith(t, "", "doctor", "-live", "-profile", other)
			assert.Equal(t, exitFailed, wrong.code, "%s as %s: %s", file, other, wrong.out)
			for _, value := range []string{"canary", string(session.ReqToken), fake.ClientKey} {
				assert.NotContains(t, right.out+wrong.out, value)
			}
		}
		for _, r := range fake.Requests()[before:] {
			assert.Equal(t, http.MethodGet, r.Method)
		}
	}
}
