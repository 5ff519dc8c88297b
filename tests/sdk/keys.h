/* Keys for tests alone: the one that the official Python client carries (platform.md 6.2), and one that
 * nobody has. */
#ifndef FT_TESTS_SDK_KEYS_H
#define FT_TESTS_SDK_KEYS_H

static const char test_key[] =
    "-----BEGIN RSA PRIVATE KEY-----\n"
    "MIICXAIBAAKBgQCx3W78hx5dQxg47hGMEj02JAJYP+HdKGWD8QilzeK4eL6QJ9QP\n"
    "+uVYGA5Jp0Ed2AaV+zQrT/BCe6z5j/Qd5B0eY2cFlgk+/hbAt7A4wcSAbby8nONw\n"
    "0fZTglU78FhLUih84Int5HO0Fr3WLUDvpE+TgS3l/2u5ym6H6fvsdrdNCwIDAQAB\n"
    "AoGAHep/s2vKmKcjWNf6DZQ3xXZzCoLcK4WS5YlSCglCHAL7EmYQjguGLbYGGS9P\n"
    "jYR7Pxi8YpiUcao5otQqnCh1GRFouU397D3h+bf/bQXINZcv3sxKFrXm9MNVaBJD\n"
    "W4BcC3HGfnlaIVTKU+qGkeA1BydP5AQyxsGOq00IUeGK4uECQQD/5xHLDwhwYFyc\n"
    "MK4xMnlrvne8TSlPBciWfrxQ7V/X0eP/HQ20VkVxc0tFD91aLrCap6OYcNV9jwJN\n"
    "wTQLt5wbAkEAse7C75LKW0+cMcROvAR3qLV2LbGjLW+cH6WmEP9CEGxi0aJg4Gs3\n"
    "oSRYfaC/RLI87sSb0DC5+mTswXduLGpB0QJAJk0ec6cHW1KA6fu7Rq/ITqEOaMef\n"
    "xC0YbbYAV5h/vNy0ZE2j7HbxI97eyDJsrf/I/QzURo+01HsgHCUrtglAOwJBAKiW\n"
    "cA7sh1zS5kxlErCkjvfDz1BmIhT3zfZSTjGGmYLUHyE/eAjKra+5rzqA5xjgxEj6\n"
    "8iLlOCFeJND+Jt5gYzECQH+HtFilF1SxGS4AHrJomHaMhk/IazjtUnLuFM/DuZ/h\n"
    "sxTqXpBBCtTqcAotMlx4ZJQYL3f2PmI2Q/o0NUMt40w=\n"
    "-----END RSA PRIVATE KEY-----\n";

static const char other_key[] =
    "-----BEGIN RSA PRIVATE KEY-----\n"
    "MIICXAIBAAKBgQC4HKvH3fGhh/UfRa0buq1Y2kErstz2BODz4wo/vxkATA9nZxCv\n"
    "R27L9KvSy5yc5H1LW2dweXbT/M9Cv2mbwzPIl4oNwVzSMhoghSe1B34VbEKq/cdW\n"
    "ydOmWMmVIERmOimbopgnG7x+4PkHDCElRGniJOONdgL65M/ymufZEqQrcwIDAQAB\n"
    "AoGAWNxFsLaXW/4xucE4VszXw627jKrMaNVb+XpYRQInv/P171NYQzD38eqKT7hE\n"
    "Q5koPAnGuAt35cL8Cdw2zZ3+TH0kJ3zM1HJ/SuBrnl8pG6dd1o6kq8uWehsaz9JT\n"
    "CKmQOpjdLcW1I3qE17GFPWWx7mUNDhvstWhzWjw7jNDRsOkCQQDtk4rZGZtaNjXf\n"
    "fICH94amh1OpbHftvGRJkTC8jqWu7M+jdNcKCeQ9NLuT5ubGkOyHfY+4x7mIqpNo\n"
    "Hd0siIGlAkEAxmO72i+JkAP8x0z1wJu3FNcPt0L7zKNz/6hQus2tFSxE3JK6eymb\n"
    "WLsfk5uXX36vjRIN0h8vWduF1tvQLPw9NwJAdUKchpk/91/IaV1PJ00B9dHXdkkm\n"
    "TH3u1ezGrFqP5m3V8myp8rd9IsSTTOXrw9gmFp3fwSk7JvxiM0KCNwfNTQJAcLfx\n"
    "38HqsvzQ/pvndYwDtb+LmmBgmKC2I6gKVljN4p3IclqbwaaeMQgApOleVE+yhsCf\n"
    "QaeeS7vCi5VQ7n5SeQJBAOc9RNuxoxWuMY63HQMPh13TqSre033pLOjuBVWlIqWy\n"
    "zIirxwdexybepELGWlUzuJonr4mYf8BnLksEh0RSaE0=\n"
    "-----END RSA PRIVATE KEY-----\n";

#endif
