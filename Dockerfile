FROM node:24-slim AS build
WORKDIR /opt/trunkline
COPY package.json package-lock.json tsconfig.json LICENSE ./
COPY packages packages
COPY apps apps
# The command is read from source into its bundle; nothing else has to be built.
RUN npm ci --ignore-scripts && node apps/exporter/bundle.js && npm prune --omit=dev --ignore-scripts

FROM node:24-slim
WORKDIR /opt/trunkline
COPY --from=build /opt/trunkline/package.json /opt/trunkline/LICENSE ./
COPY --from=build /opt/trunkline/node_modules node_modules
COPY --from=build /opt/trunkline/apps/exporter/package.json apps/exporter/package.json
COPY --from=build /opt/trunkline/apps/exporter/bin apps/exporter/bin
COPY --from=build /opt/trunkline/apps/exporter/dist/bundle apps/exporter/dist/bundle
# A volume that is mounted here begins with this owner and mode.
RUN install -d -o node -g node -m 700 /srv/calls
ENV TRUNKLINE_OUT=/srv/calls
USER node
# Directly, not through npm: signals reach it, and its exit code is the container's.
ENTRYPOINT ["node", "/opt/trunkline/apps/exporter/bin/trunkline.js"]
CMD ["export", "--json", "--log-format", "json"]
