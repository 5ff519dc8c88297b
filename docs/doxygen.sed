# A file's first comment becomes its description, /* above a declaration and /* behind a member become
# Doxygen's; rules of dashes stay.
1s/^\/\* /\/** @file\n * /
/^ *\/\* ----/b
s/^( *)\/\*([^*]|$)/\1\/**\2/
s/([;,{=0-9A-Za-z_]) +\/\* (.*)$/\1 \/**< \2/
