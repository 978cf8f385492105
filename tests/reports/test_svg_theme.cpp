// SPDX-License-Identifier: Apache-2.0
#include "reports/svg_theme.hpp"

#include <gmock/gmock.h>

#include "reports/ink.hpp"

namespace macroscope::reports {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const std::string drawn =
    "<?xml version=\"1.0\"?>\n<svg viewBox=\"0 0 4 3\" xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\">\n"
    "<title>gnuplot</title><desc>Produced by GNUPLOT</desc><defs><circle id='gpDot' r='1'/></defs>\n"
    "<use xlink:href='#gpDot' color='rgb(  1,   1,   6)'/><g fill=\"rgb(1, 1, 1)\" stroke=\"none\"><text>a &lt; b</text></g></svg>";

TEST(SvgTheme, AStandInColourBecomesItsLightColourAndAClass) {
  const std::string themed = themed_svg(drawn, "fig", "A title");
  EXPECT_THAT(themed, HasSubstr(std::string("color=\"") + colours(Ink::floating).light + "\""));
  EXPECT_THAT(themed, AllOf(HasSubstr("class=\"c-floating\""), HasSubstr("class=\"f-text\""), Not(HasSubstr("rgb("))));
}

TEST(SvgTheme, ATagThatHasAClassAlreadyGetsNoSecondOne) {
  const std::string themed = themed_svg("<svg><path stroke='rgb(1,1,3)' class=\"gridline\" d='M0,0'/></svg>", "fig", "t");
  EXPECT_THAT(themed, AllOf(HasSubstr("class=\"s-grid\""), Not(HasSubstr("gridline"))));
}

TEST(SvgTheme, TheFileFollowsADarkGround) {
  EXPECT_THAT(themed_svg(drawn, "fig", "t"), AllOf(HasSubstr("prefers-color-scheme:dark"), HasSubstr(colours(Ink::floating).dark)));
}

TEST(SvgTheme, IdentifiersAreTheFiguresOwn) {
  const std::string themed = themed_svg(drawn, "fig", "t");
  EXPECT_THAT(themed, AllOf(HasSubstr("id=\"fig-gpDot\""), HasSubstr("#fig-gpDot"), Not(HasSubstr("'#gpDot'"))));
}

TEST(SvgTheme, TheTitleIsTheFiguresAndEscaped) {
  EXPECT_THAT(themed_svg(drawn, "fig", "a < b"), AllOf(HasSubstr("<title>a &lt; b</title>"), Not(HasSubstr("GNUPLOT"))));
}

TEST(SvgTheme, InlineHasNoDeclarationNamespaceOrStyle) {
  EXPECT_THAT(inline_svg(themed_svg(drawn, "fig", "t")),
              AllOf(Not(HasSubstr("<?xml")), Not(HasSubstr("http://")), Not(HasSubstr("<style>")), HasSubstr("role=\"img\""), HasSubstr(" href=\"#fig-gpDot\"")));
}

}  // namespace
}  // namespace macroscope::reports
