"""The web console of the county: server-rendered pages that work without JavaScript.

`app` puts the pages together, `door` lets people in and keeps forged requests out, the other modules are pages.
Nothing here writes SQL or decides about cases; `county.desk` does.
"""
