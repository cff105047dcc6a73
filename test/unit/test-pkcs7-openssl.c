/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* openssl(1) takes our signatures, and we take those of openssl(1). */

#include "formats/pkcs7.h"
#include "test/lib/keys.h"
#include "test/lib/run.h"

static const char content[] =
	"f1e2d3c4b5a697887766554433221100f1e2d3c4b5a697887766554433221100";

/* The files that openssl(1) is given, and what it writes. */
struct files {
	char *directory, *key, *certificate, *content, *signature;
};

static void files_make(struct files *files, const struct test_signer *signer)
{
	_cleanup_strbuf_ struct strbuf key = {0}, certificate = {0};

	files->directory = test_directory_new();
	test_key_pem(signer->native_key, NULL, &key);
	test_certificate_pem(signer->native, &certificate);
	files->key = test_directory_write(files->directory, "key", key.data, key.size);
	files->certificate = test_directory_write(files->directory, "certificate",
						  certificate.data, certificate.size);
	files->content = test_directory_write(files->directory, "content", content,
					      strlen(content));
	files->signature = test_directory_write(files->directory, "signature", "", 0);
}

static void files_done(struct files *files)
{
	free(files->key);
	free(files->certificate);
	free(files->content);
	free(files->signature);
	test_directory_free(files->directory);
}

static bool run_openssl_sign(const struct files *files)
{
	const char *const arguments[] = {"openssl",
					 "smime",
					 "-sign",
					 "-noattr",
					 "-binary",
					 "-outform",
					 "DER",
					 "-in",
					 files->content,
					 "-signer",
					 files->certificate,
					 "-inkey",
					 files->key,
					 "-out",
					 files->signature,
					 NULL};
	_cleanup_free_ char *output = test_run(arguments, NULL);

	return output != NULL;
}

/* The exit status. */
static int run_openssl_verify(const struct files *files)
{
	const char *const arguments[] = {"openssl",   "smime",
					 "-verify",   "-noverify",
					 "-binary",   "-nointern",
					 "-inform",   "DER",
					 "-in",       files->signature,
					 "-content",  files->content,
					 "-certfile", files->certificate,
					 NULL};
	_cleanup_free_ char *output = NULL;
	int status = -1;

	output = test_run(arguments, &status);
	assert_non_null(output);
	return status;
}

static void check_theirs(const struct files *files, const struct test_signer *signer)
{
	_cleanup_(pkcs7_freep) struct pkcs7 *pkcs7 = NULL;
	_cleanup_free_ uint8_t *theirs = NULL;
	struct error error = ERROR_INIT;
	size_t size;

	theirs = test_read_file(files->signature, &size);
	test_ok(pkcs7_parse(span_make(theirs, size), &pkcs7, &error), &error);
	assert_int_equal(pkcs7_faults(pkcs7), 0);
	assert_int_equal(pkcs7_n_signers(pkcs7), 1);
	assert_true(pkcs7_names(pkcs7, signer->certificate));
	assert_int_equal(
		pkcs7_verify(pkcs7, span_string(content), signer->certificate, &error),
		1);
	assert_int_equal(
		pkcs7_verify(pkcs7, span_string("another"), signer->certificate, &error),
		0);
}

static void check_ours(const struct files *files, const struct test_signer *signer)
{
	_cleanup_free_ uint8_t *ours = NULL;
	struct error error = ERROR_INIT;
	size_t size = 0;

	test_ok(pkcs7_sign(span_string(content), signer->key, signer->certificate, &ours,
			   &size, &error),
		&error);
	free(test_directory_write(files->directory, "signature", ours, size));
	assert_int_equal(run_openssl_verify(files), 0);
	free(test_directory_write(files->directory, "content", "another", 7));
	assert_int_not_equal(run_openssl_verify(files), 0);
}

static void check_with_openssl(const char *type)
{
	struct test_signer signer;
	struct files files;
	bool installed;

	test_signer_make(&signer, type, "Signer");
	files_make(&files, &signer);
	installed = run_openssl_sign(&files);
	if (installed) {
		check_theirs(&files, &signer);
		check_ours(&files, &signer);
	}
	files_done(&files);
	test_signer_done(&signer);
	if (!installed)
		skip();
}

static void test_rsa(void **state)
{
	check_with_openssl("RSA");
}

static void test_ec(void **state)
{
	check_with_openssl("EC");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rsa),
		cmocka_unit_test(test_ec),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
