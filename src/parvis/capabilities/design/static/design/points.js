// Tens of thousands of points as one WebGL buffer: no tiling, no worker, so the first frame has them all and a change of
// state is a change of four bytes. (As a GeoJSON source, 34,000 points took more than a second of tiling first.)

import { maplibre } from "./map.js";

/** How a point is drawn: shapes differ, so that colour is never alone. Later ones are drawn above. */
export const SHAPE = { HIDDEN: 0, DOT: 1, RING: 2, TRIANGLE: 3, SQUARE: 4 };

const DRAWN = [SHAPE.DOT, SHAPE.RING, SHAPE.TRIANGLE, SHAPE.SQUARE];

const BYTES = 4; // red, green, blue, shape

/** Diameter in CSS pixels at zooms 9 and 17, interpolated exponentially between. */
const SIZES = {
  [SHAPE.DOT]: [1.6, 13],
  [SHAPE.RING]: [22, 44],
  [SHAPE.TRIANGLE]: [10, 26],
  [SHAPE.SQUARE]: [9, 22],
};

const VERTEX = `#version 300 es
precision highp float;
uniform mat4 u_matrix;
uniform float u_shape, u_size;
in vec2 a_at;
in vec3 a_colour;
in float a_shape;
out vec3 v_colour;
void main() {
  v_colour = a_colour;
  gl_PointSize = u_size;
  gl_Position = a_shape == u_shape ? u_matrix * vec4(a_at, 0.0, 1.0) : vec4(2.0, 2.0, 2.0, 1.0);
}`;

// "far" is 1 on the outline of the shape. Shapes above dots are edged with the colour of the ground, to stand off it.
const FRAGMENT = `#version 300 es
precision highp float;
uniform float u_shape, u_size;
uniform vec3 u_ground;
in vec3 v_colour;
out vec4 o_colour;
void main() {
  vec2 p = gl_PointCoord * 2.0 - 1.0;
  float soft = min(2.5 / u_size, 1.0);
  float edge = 4.0 / u_size;
  float far = length(p);
  if (u_shape == 3.0) far = max(p.y, abs(p.x) + (p.y + 1.0) * -0.5 + 1.0);
  if (u_shape == 4.0) far = max(abs(p.x), abs(p.y));
  float alpha = 1.0 - smoothstep(1.0 - soft, 1.0, far);
  vec3 colour = v_colour;
  if (u_shape == 1.0) alpha *= 0.9;
  if (u_shape == 2.0) alpha *= smoothstep(1.0 - edge - soft, 1.0 - edge, far);
  if (u_shape > 2.0) colour = mix(v_colour, u_ground, smoothstep(1.0 - edge - soft * 0.5, 1.0 - edge, far));
  o_colour = vec4(colour, 1.0) * alpha;
}`;

function shader(gl, type, source) {
  const made = gl.createShader(type);
  gl.shaderSource(made, source);
  gl.compileShader(made);
  return made;
}

export const rgb = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));

/** A MapLibre custom layer. `ground()` is the colour under the map, as #rrggbb; `sizes` replaces some of `SIZES`. */
export class PointLayer {
  type = "custom";
  renderingMode = "2d";

  constructor(id, ground, sizes = {}) {
    this.id = id;
    this.ground = ground;
    this.sizes = { ...SIZES, ...sizes };
    this.place([], []);
  }

  /** All points anew, in degrees (EPSG:4326). They are hidden until `paint`. */
  place(longitudes, latitudes) {
    const count = longitudes.length;
    this.x = new Float64Array(count);
    this.y = new Float64Array(count);
    for (let row = 0; row < count; row += 1) {
      const at = maplibre.MercatorCoordinate.fromLngLat([longitudes[row], latitudes[row]]);
      this.x[row] = at.x;
      this.y[row] = at.y;
    }
    // Single floats are precise to metres over the whole world, to millimetres around a point of the territory.
    this.origin = count ? [this.x[0], this.y[0]] : [0, 0];
    this.places = new Float32Array(2 * count);
    for (let row = 0; row < count; row += 1) {
      this.places[2 * row] = this.x[row] - this.origin[0];
      this.places[2 * row + 1] = this.y[row] - this.origin[1];
    }
    this.looks = new Uint8Array(BYTES * count);
    this.moved = this.painted = true;
    this.map?.triggerRepaint();
  }

  /** `colour`: [red, green, blue] of 0 to 255. Call `show` once all rows that changed are painted. */
  paint(row, colour, shape) {
    this.looks[BYTES * row] = colour[0];
    this.looks[BYTES * row + 1] = colour[1];
    this.looks[BYTES * row + 2] = colour[2];
    this.looks[BYTES * row + 3] = shape;
  }

  show() {
    this.painted = true;
    this.map?.triggerRepaint();
  }

  /** The row shown under a pixel, those drawn above first; undefined when none is within `reach` pixels. */
  at({ x, y }, reach) {
    const { x: east, y: south } = maplibre.MercatorCoordinate.fromLngLat(this.map.unproject([x, y]));
    const limit = (reach / (512 * 2 ** this.map.getZoom())) ** 2;
    let best;
    let bestScore = -Infinity;
    for (let row = 0; row < this.x.length; row += 1) {
      const distance = (this.x[row] - east) ** 2 + (this.y[row] - south) ** 2;
      const shape = this.looks[BYTES * row + 3];
      if (distance > limit || shape === SHAPE.HIDDEN) continue;
      const score = shape - distance / limit;
      if (score > bestScore) [best, bestScore] = [row, score];
    }
    return best;
  }

  onAdd(map, gl) {
    this.map = map;
    this.program = gl.createProgram();
    gl.attachShader(this.program, shader(gl, gl.VERTEX_SHADER, VERTEX));
    gl.attachShader(this.program, shader(gl, gl.FRAGMENT_SHADER, FRAGMENT));
    gl.linkProgram(this.program);
    if (!gl.getProgramParameter(this.program, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(this.program));
    this.uniform = Object.fromEntries(
      ["matrix", "shape", "size", "ground"].map((name) => [name, gl.getUniformLocation(this.program, `u_${name}`)]),
    );
    this.vertices = gl.createVertexArray();
    this.placeBuffer = gl.createBuffer();
    this.lookBuffer = gl.createBuffer();
    gl.bindVertexArray(this.vertices);
    this.attribute(gl, this.placeBuffer, "a_at", 2, gl.FLOAT, false, 8, 0);
    this.attribute(gl, this.lookBuffer, "a_colour", 3, gl.UNSIGNED_BYTE, true, BYTES, 0);
    this.attribute(gl, this.lookBuffer, "a_shape", 1, gl.UNSIGNED_BYTE, false, BYTES, 3);
    gl.bindVertexArray(null);
    this.moved = this.painted = true;
  }

  attribute(gl, buffer, name, size, type, normalized, stride, offset) {
    const location = gl.getAttribLocation(this.program, name);
    gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
    gl.enableVertexAttribArray(location);
    gl.vertexAttribPointer(location, size, type, normalized, stride, offset);
  }

  upload(gl) {
    if (this.moved) {
      gl.bindBuffer(gl.ARRAY_BUFFER, this.placeBuffer);
      gl.bufferData(gl.ARRAY_BUFFER, this.places, gl.STATIC_DRAW);
    }
    if (this.painted) {
      gl.bindBuffer(gl.ARRAY_BUFFER, this.lookBuffer);
      gl.bufferData(gl.ARRAY_BUFFER, this.looks, gl.DYNAMIC_DRAW);
    }
    this.moved = this.painted = false;
  }

  /** The map's matrix, moved to the origin in double precision before it is rounded to single. */
  matrix(full) {
    const [x, y] = this.origin;
    const moved = Float64Array.from(full);
    for (let i = 0; i < 4; i += 1) moved[12 + i] = full[i] * x + full[4 + i] * y + full[12 + i];
    return Float32Array.from(moved);
  }

  render(gl, { defaultProjectionData }) {
    if (!this.x.length) return;
    this.upload(gl);
    gl.useProgram(this.program);
    gl.bindVertexArray(this.vertices);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    gl.disable(gl.DEPTH_TEST);
    gl.uniformMatrix4fv(this.uniform.matrix, false, this.matrix(defaultProjectionData.mainMatrix));
    gl.uniform3fv(this.uniform.ground, rgb(this.ground()).map((part) => part / 255));
    const along = Math.min(Math.max((this.map.getZoom() - 9) / 8, 0), 1);
    for (const shape of DRAWN) {
      const [small, large] = this.sizes[shape];
      gl.uniform1f(this.uniform.shape, shape);
      gl.uniform1f(this.uniform.size, small * (large / small) ** along * devicePixelRatio);
      gl.drawArrays(gl.POINTS, 0, this.x.length);
    }
    gl.bindVertexArray(null);
  }

  onRemove(map, gl) {
    gl.deleteProgram(this.program);
    gl.deleteVertexArray(this.vertices);
    gl.deleteBuffer(this.placeBuffer);
    gl.deleteBuffer(this.lookBuffer);
  }
}
