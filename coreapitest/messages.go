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

	tooLargeBody   = text{"Isi permintaan melebihi batas 1 MiB.", "The body is over the limit of 1 MiB."}
	cutBody        = text{"Isi permintaan terputus sebelum selesai.", "The body ended early."}
	emptyBody      = text{"Isi permintaan kosong. Kirimkan objek JSON.", "The body is empty. Send a JSON object."}
	notUTF8Body    = text{"Isi permintaan bukan UTF-8 yang valid. Kirimkan objek JSON.", "The body is not valid UTF-8. Send a JSON object."}
	notJSONBody    = text{"Isi permintaan bukan JSON yang valid. Kirimkan objek JSON.", "The body is not valid JSON. Send a JSON object."}
	notObjectBody  = text{"Isi permintaan adalah JSON, tetapi bukan objek. Kirimkan objek JSON.", "The body is JSON, but not an object. Send a JSON object."}
	wrongTypeField = text{"Ada kolom dengan tipe yang salah.", "A field of the body has the wrong type."}

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

// otherSignature names the variant that verifies, in the words of package signature.
func otherSignature(variant string) text {
	return text{
		"Tanda tangan tidak cocok. Tanda tangan ini cocok dengan varian lain: " + variant + ".",
		"The signature does not verify. It would in another variant: " + variant + ".",
	}
}

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
