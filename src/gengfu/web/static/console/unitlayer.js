// Thousands of units in one draw call: status shape, heading and the age of the fix.
// Positions are drawn where they were reported, never in between. The map is kept flat
// (no pitch), so one offset, one scale and the bearing place every unit exactly.

import { MercatorCoordinate } from "../vendor/maplibre-gl/maplibre-gl.mjs";
import { channels, markPicture } from "./marks.js";

const CELL = 64;
const FIELDS = 6;
const TILE = 512;
/** Slower than this a heading says nothing. */
const MOVING_KMH = 3;
/** A fix older than this has lost its whole ring, and its unit is drawn faint. A unit
    without any fix stands at its post and has no ring. */
export const FADED_S = 60;

const VERTEX = `#version 300 es
layout(location=0) in vec2 a_at;
layout(location=1) in vec4 a_look;
uniform vec2 u_offset; uniform vec2 u_turn; uniform vec2 u_view; uniform float u_scale; uniform float u_half;
out vec2 v_uv; flat out vec4 v_look;
void main() {
  vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1) * 2.0 - 1.0;
  vec2 world = a_at * u_scale + u_offset;
  vec2 px = vec2(world.x * u_turn.x - world.y * u_turn.y, world.x * u_turn.y + world.y * u_turn.x);
  v_uv = corner;
  v_look = a_look;
  gl_Position = vec4((px + corner * u_half) / u_view * vec2(2.0, -2.0), 0.0, 1.0);
}`;

const FRAGMENT = `#version 300 es
precision highp float;
in vec2 v_uv; flat in vec4 v_look;
uniform sampler2D u_marks; uniform float u_cells; uniform vec4 u_ring; uniform vec4 u_ground; uniform vec4 u_pick; uniform float u_bearing;
out vec4 colour;
vec4 over(vec4 top, vec4 under) { return top + under * (1.0 - top.a); }
vec4 tint(vec4 c, float a) { return vec4(c.rgb, 1.0) * (c.a * a); }
void main() {
  float r = length(v_uv);
  float soft = fwidth(r) * 0.9;
  float fresh = v_look.z;
  vec4 result = vec4(0.0);
  if (v_look.w > 0.5) {
    float picked = smoothstep(0.94 + soft, 0.94, r) ;
    result = tint(u_pick, picked * 0.28 + smoothstep(soft, 0.0, abs(r - 0.9) - 0.05) * 0.9);
  }
  float turn = atan(v_uv.x, -v_uv.y) / 6.2831853;
  turn = turn < 0.0 ? turn + 1.0 : turn;
  float band = smoothstep(soft, 0.0, abs(r - 0.63) - 0.045);
  if (fresh >= 0.0) {
    result = over(tint(u_ground, smoothstep(soft, 0.0, abs(r - 0.63) - 0.09) * 0.7), result);
    result = over(tint(u_ring, band * (turn <= fresh ? 0.85 : 0.16)), result);
  }
  if (v_look.y >= 0.0) {
    float h = v_look.y - u_bearing;
    vec2 p = vec2(v_uv.x * cos(h) + v_uv.y * sin(h), -(-v_uv.x * sin(h) + v_uv.y * cos(h)));
    float edge = (0.99 - p.y) * 0.85 - abs(p.x);
    float wedge = smoothstep(0.0, soft * 1.5, edge) * step(0.66, p.y);
    result = over(tint(u_ring, wedge * 0.95), result);
  }
  vec2 uv = v_uv / 0.62 * 0.5 + 0.5;
  if (all(greaterThan(uv, vec2(0.0))) && all(lessThan(uv, vec2(1.0)))) {
    result = over(texture(u_marks, vec2((v_look.x + uv.x) / u_cells, uv.y)), result);
  }
  colour = result * (fresh == 0.0 ? 0.55 : 1.0);
}`;

function compile(gl, kind, source) {
  const shader = gl.createShader(kind);
  gl.shaderSource(shader, source);
  gl.compileShader(shader);
  if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS)) throw new Error(gl.getShaderInfoLog(shader));
  return shader;
}

export class UnitLayer {
  id = "units";
  type = "custom";
  renderingMode = "2d";

  constructor(statuses, origin, minzoom) {
    this.statuses = statuses;
    this.minzoom = minzoom;
    this.origin = MercatorCoordinate.fromLngLat(origin);
    this.count = 0;
    this.rows = new Float32Array(0);
    this.dirty = false;
  }

  async paint() {
    const canvas = document.createElement("canvas");
    canvas.width = CELL * this.statuses.length;
    canvas.height = CELL;
    const pen = canvas.getContext("2d");
    for (const [i, status] of this.statuses.entries()) {
      pen.drawImage(await markPicture(status, status.replaceAll("_", "-"), CELL), i * CELL, 0, CELL, CELL);
    }
    this.atlas = canvas;
  }

  onAdd(map, gl) {
    this.map = map;
    this.gl = gl;
    this.program = gl.createProgram();
    gl.attachShader(this.program, compile(gl, gl.VERTEX_SHADER, VERTEX));
    gl.attachShader(this.program, compile(gl, gl.FRAGMENT_SHADER, FRAGMENT));
    gl.linkProgram(this.program);
    this.at = Object.fromEntries(["offset", "turn", "view", "scale", "half", "marks", "cells", "ring", "ground", "pick", "bearing"]
      .map((name) => [name, gl.getUniformLocation(this.program, `u_${name}`)]));
    this.buffer = gl.createBuffer();
    this.array = gl.createVertexArray();
    gl.bindVertexArray(this.array);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffer);
    for (const [location, size, offset] of [[0, 2, 0], [1, 4, 8]]) {
      gl.enableVertexAttribArray(location);
      gl.vertexAttribPointer(location, size, gl.FLOAT, false, FIELDS * 4, offset);
      gl.vertexAttribDivisor(location, 1);
    }
    gl.bindVertexArray(null);
    this.texture = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D, this.texture);
    gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, true);
    gl.pixelStorei(gl.UNPACK_FLIP_Y_WEBGL, false);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, this.atlas);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.LINEAR);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.LINEAR);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
    gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, false);
    this.colours = { ring: channels("text"), ground: channels("surface"), pick: channels("accent") };
  }

  onRemove(_map, gl) {
    gl.deleteProgram(this.program);
    gl.deleteBuffer(this.buffer);
    gl.deleteTexture(this.texture);
    gl.deleteVertexArray(this.array);
  }

  /** Take the units as they are now; `ageOf(unit)` is the age of the fix in seconds. */
  setUnits(units, ageOf, picked) {
    if (this.rows.length < units.length * FIELDS) this.rows = new Float32Array(units.length * FIELDS * 2);
    const rows = this.rows;
    let i = 0;
    for (const unit of units) {
      if (unit.lon == null) continue;
      rows[i] = unit.lon / 360 + 0.5 - this.origin.x;
      const sine = Math.sin((unit.lat * Math.PI) / 180);
      rows[i + 1] = 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI) - this.origin.y;
      rows[i + 2] = Math.max(0, this.statuses.indexOf(unit.stage));
      rows[i + 3] = unit.heading == null || !(unit.speed_kmh > MOVING_KMH) ? -1 : (((unit.heading % 360) + 360) % 360) * (Math.PI / 180);
      const seconds = ageOf(unit);
      rows[i + 4] = seconds == null ? -1 : Math.max(0, 1 - Math.max(0, seconds - 2) / FADED_S);
      rows[i + 5] = unit.id === picked ? 1 : 0;
      i += FIELDS;
    }
    this.count = i / FIELDS;
    this.dirty = true;
    this.map?.triggerRepaint();
  }

  render(gl) {
    const map = this.map;
    const zoom = map.getZoom();
    if (!this.count || zoom < this.minzoom) return;
    const canvas = map.getCanvas();
    const ratio = canvas.width / canvas.clientWidth;
    const centre = MercatorCoordinate.fromLngLat(map.getCenter());
    const scale = TILE * 2 ** zoom * ratio;
    const bearing = (map.getBearing() * Math.PI) / 180;
    const { at, colours } = this;
    gl.useProgram(this.program);
    gl.bindVertexArray(this.array);
    if (this.dirty) {
      gl.bindBuffer(gl.ARRAY_BUFFER, this.buffer);
      gl.bufferData(gl.ARRAY_BUFFER, this.rows.subarray(0, this.count * FIELDS), gl.DYNAMIC_DRAW);
      this.dirty = false;
    }
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, this.texture);
    gl.uniform1i(at.marks, 0);
    gl.uniform1f(at.cells, this.statuses.length);
    gl.uniform2f(at.offset, (this.origin.x - centre.x) * scale, (this.origin.y - centre.y) * scale);
    gl.uniform1f(at.scale, scale);
    gl.uniform2f(at.turn, Math.cos(-bearing), Math.sin(-bearing));
    gl.uniform1f(at.bearing, bearing);
    gl.uniform2f(at.view, canvas.width, canvas.height);
    const rem = parseFloat(getComputedStyle(document.documentElement).fontSize) / 13;
    gl.uniform1f(at.half, ratio * rem * Math.max(11, Math.min(20, 12 + (zoom - 12) * 2.2)));
    gl.uniform4fv(at.ring, colours.ring);
    gl.uniform4fv(at.ground, colours.ground);
    gl.uniform4fv(at.pick, colours.pick);
    gl.disable(gl.DEPTH_TEST);
    gl.disable(gl.STENCIL_TEST);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    gl.drawArraysInstanced(gl.TRIANGLE_STRIP, 0, 4, this.count);
    gl.bindVertexArray(null);
  }
}
