#include "wire/cipher.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

int ft_md5_hex(const char *text, char out[33])
{
    unsigned char sum[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    if (EVP_Digest(text, strlen(text), sum, &n, EVP_md5(), NULL) != 1 || n != 16)
        return -1;
    for (unsigned k = 0; k < n; k++)
        snprintf(out + 2 * k, 3, "%02x", sum[k]);
    return 0;
}
