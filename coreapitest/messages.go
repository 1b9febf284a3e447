package coreapitest

import (
	"cmp"
	"net/http"
	"strconv"
	"strings"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/internal/signature"
)

// text is a message in the two languages that the reference documents.
type text struct{ indonesian, english string }

func (t text) in(l coreapi.Language) string {
	if l == coreapi.English {
		return t.english
	}
	return t.indonesian
}

// languageOf is that of the messages which a request gets. Source: the reference, by
// which Indonesian is the default. What an unknown language gets is an assumption.
func languageOf(h http.Header) coreapi.Language {
	if headerValue(h, headerLanguage) == string(coreapi.English) {
		return coreapi.English
	}
	return coreapi.Indonesian
}

// messages has what the fake says with each documented code. The words are its own.
var messages = map[coreapi.Code]text{
	coreapi.CodeClientClosedRequest: {
		"Permintaan ditutup oleh klien sebelum selesai diproses.",
		"The client closed the request before it was finished.",
	},
	coreapi.CodeClientAccountInactive:  {"Akun klien ini tidak aktif.", "This client's account is inactive."},
	coreapi.CodeClientAccountSuspended: {"Akun klien ini sedang ditangguhkan.", "This client's account is suspended."},
	coreapi.CodeClientAccountDeleted:   {"Akun klien ini sudah dihapus.", "This client's account was deleted."},
	coreapi.CodeClientKeyNotFound: {
		"Client key tidak ditemukan atau tidak terdaftar.",
		"The client key was not found or is not registered.",
	},
	coreapi.CodeEndpointForbidden: {
		"Klien ini tidak memiliki akses ke endpoint ini.",
		"This client has no access to this endpoint.",
	},
	coreapi.CodeUserNotFound: {
		"Akun email atau WhatsApp ini tidak terdaftar.",
		"This email or WhatsApp account is not registered.",
	},
	coreapi.CodeInvalidPassword: {"Kata sandi yang Anda masukkan salah.", "The password is wrong."},
	coreapi.CodeUserNotActive:   {"Akun pengguna ini tidak aktif.", "This user's account is inactive."},
	coreapi.CodeUserSuspended:   {"Akun pengguna ini sedang ditangguhkan.", "This user's account is suspended."},
	coreapi.CodeUserDeleted:     {"Akun pengguna ini sudah dihapus.", "This user's account was deleted."},
	coreapi.CodeFailedUpdateUserToken: {
		"Token pengguna gagal diperbarui. Periksa kembali reqToken Anda.",
		"The user token could not be updated. Please check the reqToken.",
	},
	coreapi.CodeRequestTimeout: {
		"Permintaan terlalu lama diproses. Silakan coba lagi.",
		"The request took too long. Please try again.",
	},
	coreapi.CodeDuplicateKey: {
		"Nilai ini sudah ada. Silakan gunakan nilai lain.",
		"This value exists already. Please use another one.",
	},
	coreapi.CodeInvalidObjectID: {
		"ID atau token yang dikirim tidak valid.",
		"An id or token that was sent is not valid.",
	},
}

// What the fake says where the reference has no code.
var (
	noSuchPath = text{"Tidak ada apa pun di alamat ini.", "There is nothing at this path."}

	noVersion = text{
		"Header X-Version tidak ada. Kirimkan versi API yang Anda gunakan, misalnya 1.0.0.",
		"The header X-Version is missing. Send the version of the API that you use, such as 1.0.0.",
	}
	noRequestID = text{
		"Header X-Request-Id tidak ada. Kirimkan ID yang unik untuk setiap permintaan.",
		"The header X-Request-Id is missing. Send an id that is unique to the request.",
	}
	usedRequestID = text{
		"Nilai X-Request-Id ini sudah pernah digunakan. Kirimkan ID baru untuk setiap permintaan, termasuk saat mencoba lagi.",
		"This X-Request-Id was used before. Send a new id with each request, also when you try again.",
	}

	noSignature = text{
		"Header X-Signature tidak ada. Tanda tangani permintaan dengan private key Anda.",
		"The header X-Signature is missing. Sign the request with your private key.",
	}
	unknownSignature = text{
		"Tanda tangan tidak cocok, juga dengan varian lain yang dikenal. Periksa private key dan setiap nilai yang ditandatangani.",
		"The signature does not verify, and would not in any other known variant. Check the private key and every value that is signed.",
	}
	lossyBody = text{
		"Isi permintaan tidak bertahan saat diurai oleh server, misalnya karena angka yang terlalu panjang atau nama yang berulang. Kirimkan angka seperti itu sebagai teks.",
		"The body does not survive a server's parser: it holds a number that is too long, a name twice, or broken text. Send such a number as a string.",
	}

	noUserToken = text{
		"Operasi ini memerlukan token pengguna. Kirimkan X-Token dari pengguna yang sudah masuk.",
		"This operation needs a user's token. Send the X-Token of a user who has logged in.",
	}

	twoRequestIDs = text{
		"Header X-Request-Id dikirim lebih dari satu kali. Kirimkan satu ID saja.",
		"The header X-Request-Id was sent more than once. Send one id.",
	}
	oddRequestID = text{
		"X-Request-Id berisi karakter di luar ASCII. Kirimkan ASCII yang dapat dicetak saja.",
		"X-Request-Id has a character outside ASCII. Send printable ASCII only.",
	}
	oddVersion = text{
		"X-Version berisi karakter di luar ASCII. Kirimkan ASCII yang dapat dicetak saja.",
		"X-Version has a character outside ASCII. Send printable ASCII only.",
	}

	encodedBody = text{
		"Isi permintaan dikirim dengan Content-Encoding. Kirimkan JSON apa adanya, tanpa header itu.",
		"The body was sent with a Content-Encoding. Send the JSON as it is, without that header.",
	}
	notJSONType = text{
		"Isi permintaan tidak dikirim sebagai JSON. Kirimkan header Content-Type: application/json.",
		"The body was not sent as JSON. Send the header Content-Type: application/json.",
	}
	tooLargeBody  = text{"Isi permintaan melebihi batas 1 MiB.", "The body is over the limit of 1 MiB."}
	cutBody       = text{"Isi permintaan terputus sebelum selesai.", "The body ended early."}
	emptyBody     = text{"Isi permintaan kosong. Kirimkan objek JSON.", "The body is empty. Send a JSON object."}
	notUTF8Body   = text{"Isi permintaan bukan UTF-8 yang valid. Kirimkan objek JSON.", "The body is not valid UTF-8. Send a JSON object."}
	notJSONBody   = text{"Isi permintaan bukan JSON yang valid. Kirimkan objek JSON.", "The body is not valid JSON. Send a JSON object."}
	notObjectBody = text{"Isi permintaan adalah JSON, tetapi bukan objek. Kirimkan objek JSON.", "The body is JSON, but not an object. Send a JSON object."}
	wrongField    = text{"Ada kolom dengan tipe yang salah, atau dengan nilai lain daripada di URL.", "A field of the body has the wrong type, or another value than the URL has."}

	noDeviceID = text{"Perangkat ini tidak memiliki deviceId. Kirimkan deviceId.", "The device has no deviceId. Send one."}
	noAccount  = text{
		"Akun tidak ada. Kirimkan email atau whatsapp beserta password, atau {} untuk masuk lewat halaman fypass.",
		"The login has no account. Send email or whatsapp, and password; or {} for a hosted login.",
	}
	twoAccounts = text{
		"Ada dua akun. Kirimkan email atau whatsapp saja, jangan keduanya.",
		"The login has two accounts. Send email or whatsapp, not both.",
	}
	noPassword = text{"Kata sandi tidak ada. Kirimkan password.", "The login has no password. Send one."}
)

// otherSignature says what the signer did, and what this server wants instead. Neither
// is a value of the request.
func otherSignature(parts []signature.Part) text {
	made := signature.List(parts, func(p signature.Part) string { return p.Made })
	wanted := signature.List(parts, func(p signature.Part) string { return p.Wanted })
	return text{
		"Tanda tangan ini dibuat dengan " + inIndonesian.Replace(made) + "; server ini meminta " + inIndonesian.Replace(wanted) + ".",
		"The signature was made with " + made + "; this server wants " + wanted + ".",
	}
}

// inIndonesian has package signature's words about how a signature was made. What
// stands in quotation marks are words of a profile, and stays.
var inIndonesian = strings.NewReplacer(
	"the headers sorted by name (x-request-id before x-token)", "header yang terurut menurut nama (x-request-id sebelum x-token)",
	"them in the documented order", "header dalam urutan dokumentasi",
	"the whole structure sorted by name (body, endpoint, headers, method)", "seluruh struktur yang terurut menurut nama (body, endpoint, headers, method)",
	"the documented order", "urutan dokumentasi",
	"the method in lower case", "metode dalam huruf kecil",
	"it as it is sent", "metode seperti saat dikirim",
	"a newline after the text", "baris baru di akhir teks",
	"none where none is sent", "tanpa x-token",
	"none", "teks tanpa itu",
	"an empty x-token", "x-token yang kosong",
	"x-token left out", "teks tanpa x-token",
	"the one that was sent", "x-token yang dikirim",
	"the body alone in the form that ", "hanya isi permintaan dalam bentuk ",
	"the body in the form that ", "isi permintaan dalam bentuk ",
	" writes", "",
	"it as it was sent", "isi seperti saat dikirim",
	" for all but the body", " untuk semuanya kecuali isi permintaan",
	" with sorted keys", " dengan nama yang terurut",
	"sorted keys", "nama yang terurut",
	" with the members in their order", " dengan nama dalam urutan aslinya",
	"the members in their order", "nama dalam urutan aslinya",
	" with a salt of ", " dengan salt ",
	"a salt of ", "salt ",
	" bytes", " byte",
	" instead of ", ", bukan ",
	"the digest without the hash's name before it (DigestInfo)", "digest tanpa nama hash di depannya (DigestInfo)",
	"it with the name", "digest dengan nama itu",
	"hex in upper case", "hex dalam huruf besar",
	"base64 without padding", "base64 tanpa padding",
	"base64url with padding", "base64url dengan padding",
	" and ", " dan ",
)

// rewrittenBody names the form in which the body has to be sent.
func rewrittenBody(style signature.Style, sorted bool) text {
	form := strconv.Quote(string(cmp.Or(style, signature.StyleJavaScript)))
	t := text{
		"Tanda tangan hanya cocok dengan isi permintaan seperti saat dikirim, bukan setelah diurai dan ditulis ulang. Kirimkan isi dalam bentuk " + form,
		"The signature verifies over the body as it was sent, but not over the body parsed and written again. Send the body in the form " + form,
	}
	if sorted {
		t.indonesian += " dengan nama yang terurut"
		t.english += " with sorted keys"
	}
	return text{t.indonesian + ".", t.english + "."}
}

func otherMethods(allow []string) text {
	list := strings.Join(allow, ", ")
	return text{
		"Metode ini tidak diizinkan di sini. Gunakan " + list + ".",
		"The method is not allowed here. Use " + list + ".",
	}
}
