FROM python:3.11-slim AS build
WORKDIR /srv/portal
COPY requirements.txt .
RUN python -m venv /opt/portal && /opt/portal/bin/pip install --no-cache-dir --require-hashes -r requirements.txt
COPY . .
# The settings need values to start; none of these reaches the image that runs.
RUN /opt/portal/bin/python scripts/compile_messages.py \
 && DEMO_MODE=true /opt/portal/bin/python manage.py collectstatic --noinput

FROM python:3.11-slim
ENV PATH=/opt/portal/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
RUN useradd --system --uid 10001 portal && install --directory --owner portal --mode 700 /attachments
COPY --from=build /opt/portal /opt/portal
COPY --from=build /srv/portal /srv/portal
WORKDIR /srv/portal
USER portal
EXPOSE 8000
CMD ["gunicorn", "absher_portal.wsgi", "--config", "deploy/gunicorn.conf.py"]
