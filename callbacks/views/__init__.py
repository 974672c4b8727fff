"""The call sheet, and the steps of corrections and complaints."""
