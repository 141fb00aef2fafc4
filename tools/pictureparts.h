/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TOOLS_PICTUREPARTS_H
#define _TOOLS_PICTUREPARTS_H

#include <stdio.h>

/*
 * The files in tools/picture/, which the linker has made parts of the program:
 * viewer.js is from _binary_tools_picture_viewer_js_start to ..._end.
 */
extern const char _binary_tools_picture_svg_css_start[];
extern const char _binary_tools_picture_svg_css_end[];
extern const char _binary_tools_picture_viewer_css_start[];
extern const char _binary_tools_picture_viewer_css_end[];
extern const char _binary_tools_picture_viewer_html_start[];
extern const char _binary_tools_picture_viewer_html_end[];
extern const char _binary_tools_picture_viewer_js_start[];
extern const char _binary_tools_picture_viewer_js_end[];

/* Writes one: PICTURE_PART(viewer_js, out). */
#define PICTURE_PART(name, out)						\
	fwrite(_binary_tools_picture_##name##_start, 1,			\
	       _binary_tools_picture_##name##_end -			\
	       _binary_tools_picture_##name##_start, out)

#endif /* _TOOLS_PICTUREPARTS_H */
