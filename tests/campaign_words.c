/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/campaign_words.h"

#define WORDS(name, array)                                                                     \
    const struct campaign_words name = {array, sizeof(array) / sizeof *(array)}

static const char *const STREETS[] = {
    "Lâm Du",          "Ngọc Lâm",       "Bồ Đề",           "Nguyễn Văn Cừ", "Ngô Gia Tự",
    "Nguyễn Sơn",      "Long Biên",      "Phú Viên",        "Ái Mộ",         "Hồng Tiến",
    "Gia Thụy",        "Ngọc Thụy",      "Đức Giang",       "Thượng Thanh",  "Việt Hưng",
    "Sài Đồng",        "Thạch Bàn",      "Cổ Linh",         "Phúc Lợi",      "Vũ Xuân Thiều",
    "Kim Quan",        "Hoa Lâm",        "Trường Lâm",      "Giang Biên",    "Mai Chí Thọ",
    "Đàm Quang Trung", "Huỳnh Tấn Phát", "Nguyễn Văn Linh", "Cự Khối",       "Xuân Đỗ",
};
static const char *const SPOTS[] = {
    "trước trường học",
    "đầu ngõ",
    "cuối ngõ",
    "cổng chợ",
    "sân chơi tổ dân phố",
    "điểm tập kết rác",
    "bãi đất trống",
    "bờ mương",
    "trước nhà văn hóa",
    "gầm cầu",
    "công trình đang xây",
    "dãy hàng quán",
    "ven đê",
    "trạm biến áp",
    "khu tập thể cũ",
    "bến xe buýt",
    "vỉa hè bên số chẵn",
    "cạnh hồ điều hòa",
};
static const char *const NOTES[] = {
    "thu gom rác thải",
    "quét dọn ngõ xóm",
    "bóc xóa quảng cáo rao vặt",
    "khơi thông cống rãnh",
    "nhắc nhở các hộ để vật liệu trên vỉa hè",
    "bàn giao cho tổ dân phố trông coi",
    "hẹn kiểm tra lại tuần sau",
    "trời mưa nhỏ, vẫn tổ chức đủ",
    "có đoàn thanh niên phối hợp",
    "thiếu xe chở rác, hẹn chiều chở tiếp",
    "học sinh trường gần đó cùng tham gia",
    "phân loại rác tại nhà",
    "bỏ rác đúng giờ, đúng nơi",
    "phòng chống sốt xuất huyết",
    "giảm túi ni lông",
    "không lấn chiếm vỉa hè, lòng đường",
    "tuyên truyền quy định xử phạt vi phạm vệ sinh",
    "giữ sạch ao hồ, cống rãnh",
    "hưởng ứng tổng vệ sinh thứ Bảy",
    "còn rác tồn ở góc ngõ",
    "biển quảng cáo đặt sai chỗ",
    "rãnh thoát nước bị tắc",
    "thùng rác đầy, chưa được thu gom",
    "đường ngõ sạch",
    "rác được thu gom đúng giờ",
    "đã lập biên bản, yêu cầu khắc phục ngay",
    "hộ kinh doanh đã cam kết không tái phạm",
    "Hội Phụ nữ, Đoàn Thanh niên, Hội Cựu chiến binh cùng tham gia",
    "trồng thêm bồn hoa dọc tường rào",
    "sơn lại tường và hàng rào nhà văn hóa",
    "nước rút chậm sau mưa lớn",
    "đã báo đơn vị thoát nước đến nạo vét",
    "các hộ dân đồng tình ủng hộ",
    "còn một số hộ chưa nhận tiền đền bù",
    "đề nghị phường bố trí thêm thùng rác",
    "đề nghị công an phường xử lý dứt điểm",
    "phát tờ rơi đến từng hộ gia đình",
    "loa phát thanh hai lần trong ngày",
    "đạt tiêu chí tuyến đường xanh, sạch, đẹp",
    "có thành tích xuất sắc trong phong trào giữ gìn vệ sinh môi trường",
};
static const char *const TITLES[] = {
    "Ngõ xanh",
    "Phụ nữ với môi trường",
    "Tuổi trẻ sạch đẹp",
    "Cựu chiến binh gương mẫu",
    "Chỉnh trang vỉa hè",
    "Cải tạo vườn hoa, sân chơi",
    "Thu gọn dây cáp",
    "Sơn tường, vẽ tranh bích họa",
    "Giải phóng mặt bằng mở rộng ngõ",
    "Tăng cường công tác vệ sinh môi trường",
    "Triển khai cao điểm tổng vệ sinh chào mừng các ngày lễ",
    "Kiểm tra, xử lý vi phạm trật tự đô thị",
    "Thực hiện phân loại chất thải rắn tại nguồn",
};
static const char *const OFFICES[] = {
    "Ủy ban nhân dân quận",           "Ủy ban nhân dân phường",       "Phòng Quản lý đô thị",
    "Phòng Tài nguyên và Môi trường", "Đội Quản lý trật tự xây dựng", "Mặt trận Tổ quốc quận",
};
static const char *const FAMILIES[] = {
    "Nguyễn Thị", "Nguyễn Văn", "Trần Thị",  "Trần Văn", "Lê Thị",   "Lê Văn",
    "Phạm Thị",   "Phạm Văn",   "Hoàng Thị", "Vũ Văn",   "Đặng Thị", "Bùi Văn",
};
static const char *const GIVEN[] = {
    "Hoa",  "Lan", "Hương", "Thu", "Hải",  "Hùng", "Dũng", "Minh", "Nga", "Tuấn",
    "Hạnh", "Sơn", "Long",  "Yến", "Thảo", "Quân", "Bình", "Đức",  "Mai", "Phượng",
};

WORDS(CAMPAIGN_STREETS, STREETS);
WORDS(CAMPAIGN_SPOTS, SPOTS);
WORDS(CAMPAIGN_NOTES, NOTES);
WORDS(CAMPAIGN_TITLES, TITLES);
WORDS(CAMPAIGN_OFFICES, OFFICES);
WORDS(CAMPAIGN_FAMILIES, FAMILIES);
WORDS(CAMPAIGN_GIVEN, GIVEN);
