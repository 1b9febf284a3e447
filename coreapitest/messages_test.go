package coreapitest_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/coreapitest"
)

const (
	wrongPasswordIndonesian = "Kata sandi yang Anda masukkan salah."
	wrongPasswordEnglish    = "The password is wrong."
)

func TestMessagesAreInTheLanguageThatWasAskedFor(t *testing.T) {
	for language, want := range map[string]string{
		"":   wrongPasswordIndonesian,
		"id": wrongPasswordIndonesian,
		"en": wrongPasswordEnglish,
		"fr": wrongPasswordIndonesian,
		"EN": wrongPasswordIndonesian,
		"🙈":  wrongPasswordIndonesian,
	} {
		t.Run(language, func(t *testing.T) {
			inBothWays(t, func(t *testing.T, s *coreapitest.Server) {
				s.AddUser(ana)
				got := send(t, s, "POST", "/user/login", `{"email":"ana@example.com","password":"wrong"}`, "X-Language", language)
				require.JSONEq(t, `{"code":"INVALID_PASSWORD","message":"`+want+`"}`, got.body)
			})
		})
	}
}

func TestTheSDKsLanguageIsTheFakes(t *testing.T) {
	s := coreapitest.New()
	s.AddUser(ana)
	wrong := anasLogin
	wrong.Password = "not the right one"
	for language, want := range map[coreapi.Language]string{
		coreapi.Indonesian: wrongPasswordIndonesian, coreapi.English: wrongPasswordEnglish,
	} {
		_, err := once(s).Users.Login(t.Context(), wrong, coreapi.WithLanguage(language))
		var e *coreapi.Error
		require.ErrorAs(t, err, &e)
		require.Equal(t, want, e.Message)
	}
}

func TestAFaultsWordsAreInTheLanguageToo(t *testing.T) {
	s := coreapitest.New()
	s.Inject(coreapitest.Fault{Code: coreapi.CodeDuplicateKey, Times: 2}, coreapitest.Fault{Code: coreapi.CodeDuplicateKey, Message: "as given", Times: 3})
	require.Contains(t, send(t, s, "GET", "/client", "", "X-Language", "id").body, "Nilai ini sudah ada.")
	require.Contains(t, send(t, s, "GET", "/client", "").body, "This value exists already.")
	require.Contains(t, send(t, s, "GET", "/client", "").body, `"as given"`, "a fault's own message stays as it is")
}

func TestAFailedLoginsMessageIsInTheLanguageOfWhoAsks(t *testing.T) {
	s := coreapitest.New()
	session, err := once(s).Users.StartLogin(t.Context())
	require.NoError(t, err)
	s.FailLogin(session.ReqToken, coreapi.CodeUserSuspended)
	for language, want := range map[coreapi.Language]string{
		coreapi.Indonesian: "Akun pengguna ini sedang ditangguhkan.",
		coreapi.English:    "This user's account is suspended.",
	} {
		status, err := once(s).Users.LoginStatus(t.Context(), session.ReqToken, coreapi.WithLanguage(language))
		require.NoError(t, err)
		require.Equal(t, want, status.FailureMessage)
	}
}

// Whatever answers a call has words in both languages, codes or not.
func TestEveryRefusalIsInBothLanguages(t *testing.T) {
	for name, tt := range map[string]struct {
		method, path, body string
		header             []string
	}{
		"no version":        {"GET", "/client", "", []string{"X-Version", ""}},
		"no request id":     {"GET", "/client", "", []string{"X-Request-Id", ""}},
		"no signature":      {"GET", "/client", "", []string{"X-Signature", ""}},
		"a wrong signature": {"GET", "/client", "", []string{"X-Signature", "x"}},
		"another form":      {"POST", "/device", ` {}`, nil},
		"a long number":     {"POST", "/device", `{"a":9007199254740993}`, nil},
		"too large":         {"POST", "/device", strings.Repeat("x", 1<<20+1), nil},
		"no body":           {"POST", "/device", "", nil},
		"no JSON":           {"POST", "/device", "x", nil},
		"invalid UTF-8":     {"POST", "/device", "\"\xff\"", nil},
		"no object":         {"POST", "/device", "[]", nil},
		"a wrong type":      {"POST", "/device", `{"deviceId":1}`, nil},
		"no deviceId":       {"POST", "/device", `{}`, nil},
		"no account":        {"POST", "/user/login", `{"password":"x"}`, nil},
		"two accounts":      {"POST", "/user/login", `{"email":"x","whatsapp":"y","password":"x"}`, nil},
		"no password":       {"POST", "/user/login", `{"email":"x"}`, nil},
		"no user token":     {"GET", "/device?id=x", "", nil},
		"no such path":      {"GET", "/nowhere", "", nil},
		"wrong method":      {"DELETE", "/client", "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := coreapitest.New()
			s.RequireUserToken("Devices.Get")
			said := map[string]string{}
			for _, language := range []string{"id", "en"} {
				got := send(t, s, tt.method, tt.path, tt.body, append(tt.header, "X-Language", language)...)
				var answer map[string]string
				require.NoError(t, json.Unmarshal([]byte(got.body), &answer))
				require.NotContains(t, answer, "code")
				require.Regexp(t, `^[A-Z].*\.$`, answer["message"])
				said[language] = answer["message"]
			}
			require.NotEqual(t, said["id"], said["en"])
		})
	}
}
