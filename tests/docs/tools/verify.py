# Verifies identities by the documented lines, which stand beside this file as `identity.py`.
import json
import sys

import jwt
from identity import identity

for line in sys.stdin:
    asked = json.loads(line)
    try:
        said = {"claims": identity(asked["method"], asked["path"], {"Rolecall-Identity": asked["token"]})}
    except jwt.PyJWTError as error:
        said = {"refused": repr(error)}
    print(json.dumps(said), flush=True)
