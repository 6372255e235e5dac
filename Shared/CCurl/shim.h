#include <curl/curl.h>

// curl_easy_setopt, curl_easy_getinfo and curl_multi_setopt are variadic, so Swift cannot call them: one typed
// wrapper for each kind of argument.

typedef size_t (*line122_curl_data_callback)(char *buffer, size_t size, size_t count, void *context);

static inline CURLcode line122_curl_set_long(CURL *handle, CURLoption option, long value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode line122_curl_set_offset(CURL *handle, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode line122_curl_set_string(CURL *handle, CURLoption option, const char *value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode line122_curl_set_pointer(CURL *handle, CURLoption option, void *value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode line122_curl_set_list(CURL *handle, CURLoption option, struct curl_slist *value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode line122_curl_set_callback(CURL *handle, CURLoption option, line122_curl_data_callback value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode line122_curl_get_long(CURL *handle, CURLINFO info, long *value) {
    return curl_easy_getinfo(handle, info, value);
}

static inline CURLcode line122_curl_get_offset(CURL *handle, CURLINFO info, curl_off_t *value) {
    return curl_easy_getinfo(handle, info, value);
}

static inline CURLMcode line122_curl_multi_set_long(CURLM *handle, CURLMoption option, long value) {
    return curl_multi_setopt(handle, option, value);
}

// Casts in macros are not imported into Swift.
static const long line122_curl_auth_basic = (long)CURLAUTH_BASIC;
static const long line122_curl_global_default = (long)CURL_GLOBAL_DEFAULT;
static const size_t line122_curl_write_pause = CURL_WRITEFUNC_PAUSE;
static const size_t line122_curl_read_pause = CURL_READFUNC_PAUSE;
static const size_t line122_curl_read_abort = CURL_READFUNC_ABORT;
