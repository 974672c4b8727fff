"""How the web server runs: the same for make run and for the containers."""

from repairdesk import settings

bind = f"{settings.HOST}:{settings.PORT}"
worker_class = "gthread"
workers = 2
threads = 8
preload_app = True
# An open page asks every two seconds: its connection is kept between two polls (an idle one holds no thread).
keepalive = 15
# Below the five seconds in which the house must be dark after Ctrl-C.
graceful_timeout = 2
control_socket_disable = True
logconfig_dict = settings.LOGGING
